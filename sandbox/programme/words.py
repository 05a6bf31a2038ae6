# ruff: noqa: E501 - tables of words read best in long lines
"""Word tables for invented companies and people, by country. No real company or person is meant.

Stems are put together from syllables; scripts other than Latin carry the Latin twin of each syllable, so that a company's
domain and the way another CRM spells it follow from its name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Syllables = tuple[tuple[str, str], ...]  # (as written, in Latin letters)


def _latin(*parts: str) -> Syllables:
    return tuple((part, part.translate(_PLAIN).lower()) for part in parts)


_PLAIN: Final = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "é": "e", "è": "e", "ł": "l", "ó": "o", "ñ": "n", "å": "a", "ø": "o"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Locale:
    """How companies of one country are named. forms: legal forms with another common spelling of each, "" for none."""

    country: str
    country_name: str
    tld: str
    currency: str
    heads: Syllables
    tails: Syllables
    activities: tuple[tuple[str, str], ...]  # (as written, in Latin letters)
    forms: tuple[tuple[str, str], ...]
    form_leads: bool = False  # the legal form stands before the name
    is_spaced: bool = True


_ENGLISH_HEADS: Final = _latin(
    "Ash", "Barn", "Cold", "Dray", "East", "Fern", "Glen", "Har", "Iron", "Kel", "Lang", "Mar", "Nor", "Oak", "Pen", "Quill",
    "Rav", "Stan", "Thorn", "Up", "Vale", "West", "Yar", "Bex", "Cren", "Dun", "Elm", "Fal", "Gor", "Hol", "Ken", "Lyn",
)  # fmt: skip
_ENGLISH_TAILS: Final = _latin(
    "bury", "combe", "dale", "field", "ford", "gate", "ham", "hurst", "ington", "leigh", "low", "mere", "mont", "ness", "port",
    "ridge", "shaw", "stead", "stone", "ton", "vale", "water", "wick", "wold", "worth", "brook", "bridge", "cliff", "den", "grove",
)  # fmt: skip
_ENGLISH_WORK: Final = tuple(
    (each, each)
    for each in (
        "Logistics", "Engineering", "Health", "Foods", "Insurance", "Energy", "Manufacturing", "Retail", "Media",
        "Chemicals", "Systems", "Properties", "Airways", "Textiles", "Instruments", "Research", "Packaging", "Bank",
    )
)  # fmt: skip
_GERMAN_HEADS: Final = _latin(
    "Acker", "Berg", "Buch", "Dorn", "Eich", "Feld", "Grün", "Heid", "Hohen", "Kirch", "König", "Lind", "Mühl", "Neu", "Ober",
    "Reich", "Rosen", "Schön", "Sonnen", "Stein", "Thal", "Vogt", "Wald", "Weiß", "Winter", "Zell",
)  # fmt: skip
_GERMAN_TAILS: Final = _latin(
    "bach", "brück", "burg", "dorf", "felder", "hagen", "hauer", "hof", "länder", "mann", "meier", "müller", "reuter", "rode",
    "see", "stätter", "tal", "walder", "wang", "wig", "zinger", "acher",
)  # fmt: skip
_GERMAN_WORK: Final = tuple(
    (each, each.translate(_PLAIN))
    for each in ("Maschinenbau", "Elektrotechnik", "Logistik", "Versicherung", "Werkzeuge", "Möbel", "Kältetechnik",
                 "Verlag", "Energie", "Medizintechnik", "Spedition", "Anlagenbau")
)  # fmt: skip
_FRENCH: Final = _latin(
    "Beau", "Bois", "Chan", "Clair", "Dor", "Fon", "Gran", "Haute", "Lan", "Mont", "Péri", "Roche", "Saint", "Ver", "Vil",
    "Bel", "Cour", "Mar",
)  # fmt: skip
_FRENCH_TAILS: Final = _latin(
    "bert", "champ", "court", "fort", "gny", "lac", "lieu", "mont", "nay", "père", "rive", "sac", "tel", "ville", "vert",
    "zac", "dier",
)  # fmt: skip
_SPANISH: Final = _latin("Alba", "Bar", "Cam", "Dor", "Esta", "Fuen", "Guada", "Lore", "Monte", "Nava", "Oli", "Peña",
                         "Rio", "Sala", "Torre", "Val", "Zara")  # fmt: skip
_SPANISH_TAILS: Final = _latin("cete", "dena", "gosa", "lar", "leda", "manca", "molinos", "nares", "quera", "rano",
                               "rosa", "tero", "vera", "villa", "yes")  # fmt: skip
_POLISH: Final = _latin("Biało", "Brzez", "Gór", "Jasien", "Kal", "Lub", "Łod", "Mil", "Nowo", "Ole", "Piotr", "Rad",
                        "Sied", "Tar", "Wiel", "Zako")  # fmt: skip
_POLISH_TAILS: Final = _latin("brzeg", "czyn", "dów", "gard", "górski", "lice", "mierz", "nica", "pol", "sław", "wice",
                              "zyn", "rowy")  # fmt: skip
_NORDIC: Final = _latin("Ask", "Björk", "Dal", "Ek", "Fjäll", "Gran", "Hav", "Kron", "Lund", "Norr", "Sjö", "Sol",
                        "Sten", "Söder", "Vind", "Åker")  # fmt: skip
_NORDIC_TAILS: Final = _latin("berg", "blad", "borg", "gren", "holm", "kvist", "lind", "mark", "näs", "rup", "strand",
                              "ström", "vall", "vik")  # fmt: skip
_KATAKANA: Final[Syllables] = (
    ("アサ", "asa"), ("イワ", "iwa"), ("オカ", "oka"), ("カワ", "kawa"), ("キタ", "kita"), ("サカ", "saka"), ("シマ", "shima"),
    ("タカ", "taka"), ("ナカ", "naka"), ("ニシ", "nishi"), ("ハラ", "hara"), ("フジ", "fuji"), ("マツ", "matsu"), ("ミナ", "mina"),
    ("ヤマ", "yama"), ("ワカ", "waka"),
)  # fmt: skip
_CYRILLIC: Final[Syllables] = (
    ("Бел", "bel"), ("Вол", "vol"), ("Град", "grad"), ("Дон", "don"), ("Зар", "zar"), ("Кам", "kam"), ("Лес", "les"),
    ("Мир", "mir"), ("Нев", "nev"), ("Обь", "ob"), ("Пол", "pol"), ("Рос", "ros"), ("Сев", "sev"), ("Тайм", "taim"),
)  # fmt: skip
_CYRILLIC_TAILS: Final[Syllables] = (
    ("маш", "mash"), ("пром", "prom"), ("строй", "stroy"), ("тех", "tekh"), ("торг", "torg"), ("транс", "trans"),
    ("хим", "khim"), ("энерго", "energo"), ("лесхоз", "leskhoz"), ("мет", "met"),
)  # fmt: skip
_HANZI: Final[Syllables] = (
    ("华", "hua"), ("东", "dong"), ("明", "ming"), ("海", "hai"), ("金", "jin"), ("天", "tian"), ("安", "an"), ("长", "chang"),
    ("新", "xin"), ("远", "yuan"), ("宏", "hong"), ("立", "li"), ("方", "fang"), ("瑞", "rui"), ("信", "xin"), ("泰", "tai"),
)  # fmt: skip
_GREEK: Final[Syllables] = (
    ("Αλφα", "alfa"), ("Θερμο", "thermo"), ("Κρητι", "kriti"), ("Μεσο", "meso"), ("Νησι", "nisi"), ("Πελα", "pela"),
    ("Σαλα", "sala"), ("Φωτο", "foto"),
)  # fmt: skip
_GREEK_TAILS: Final[Syllables] = (("δομή", "domi"), ("κή", "ki"), ("μάρκ", "mark"), ("πλάν", "plan"), ("τέχ", "tech"),
                                  ("φάρμ", "farm"))  # fmt: skip

LOCALES: Final = (
    Locale(country="US", country_name="United States", tld="com", currency="USD", heads=_ENGLISH_HEADS, tails=_ENGLISH_TAILS,
           activities=_ENGLISH_WORK, forms=(("Inc.", "Incorporated"), ("LLC", "L.L.C."), ("Corp.", "Corporation"), ("Co.", ""))),
    Locale(country="GB", country_name="United Kingdom", tld="co.uk", currency="GBP", heads=_ENGLISH_HEADS, tails=_ENGLISH_TAILS,
           activities=_ENGLISH_WORK, forms=(("Ltd", "Limited"), ("plc", "PLC"), ("LLP", ""))),
    Locale(country="DE", country_name="Germany", tld="de", currency="EUR", heads=_GERMAN_HEADS, tails=_GERMAN_TAILS,
           activities=_GERMAN_WORK, forms=(("GmbH", "G.m.b.H."), ("AG", "Aktiengesellschaft"), ("GmbH & Co. KG", "GmbH und Co KG"))),
    Locale(country="FR", country_name="France", tld="fr", currency="EUR", heads=_FRENCH, tails=_FRENCH_TAILS,
           activities=(("Assurances", "Assurances"), ("Énergie", "Energie"), ("Transports", "Transports"), ("Conseil", "Conseil"),
                       ("Santé", "Sante"), ("Agro", "Agro")),
           forms=(("SAS", "S.A.S."), ("SARL", "S.à r.l."), ("SA", "S.A."))),
    Locale(country="ES", country_name="Spain", tld="es", currency="EUR", heads=_SPANISH, tails=_SPANISH_TAILS,
           activities=(("Logística", "Logistica"), ("Alimentación", "Alimentacion"), ("Seguros", "Seguros"), ("Energía", "Energia")),
           forms=(("S.L.", "SL"), ("S.A.", "SA"))),
    Locale(country="PL", country_name="Poland", tld="pl", currency="EUR", heads=_POLISH, tails=_POLISH_TAILS,
           activities=(("Transport", "Transport"), ("Meble", "Meble"), ("Budownictwo", "Budownictwo")),
           forms=(("Sp. z o.o.", "Spółka z o.o."), ("S.A.", "Spółka Akcyjna"))),
    Locale(country="SE", country_name="Sweden", tld="se", currency="EUR", heads=_NORDIC, tails=_NORDIC_TAILS,
           activities=(("Teknik", "Teknik"), ("Bygg", "Bygg"), ("Kraft", "Kraft"), ("Skog", "Skog")),
           forms=(("AB", "Aktiebolag"),)),
    Locale(country="JP", country_name="Japan", tld="co.jp", currency="JPY", heads=_KATAKANA, tails=_KATAKANA, is_spaced=False,
           activities=(("製作所", "Seisakusho"), ("電機", "Denki"), ("商事", "Shoji"), ("物流", "Butsuryu"), ("工業", "Kogyo")),
           forms=(("株式会社", "K.K."), ("有限会社", "Y.K.")), form_leads=True),
    Locale(country="CN", country_name="China", tld="com.cn", currency="USD", heads=_HANZI, tails=_HANZI, is_spaced=False,
           activities=(("科技", "Technology"), ("物流", "Logistics"), ("电子", "Electronics"), ("贸易", "Trading")),
           forms=(("有限公司", "Co., Ltd."), ("股份有限公司", "Co., Ltd."))),
    Locale(country="KZ", country_name="Kazakhstan", tld="kz", currency="USD", heads=_CYRILLIC, tails=_CYRILLIC_TAILS,
           activities=(("Сервис", "Servis"), ("Логистика", "Logistika"), ("Групп", "Grupp")),
           forms=(("ТОО", "TOO"), ("АО", "AO")), form_leads=True),
    Locale(country="GR", country_name="Greece", tld="gr", currency="EUR", heads=_GREEK, tails=_GREEK_TAILS,
           activities=(("Ενέργεια", "Energeia"), ("Μεταφορές", "Metafores")),
           forms=(("Α.Ε.", "S.A."), ("Ε.Π.Ε.", "Ltd"))),
)  # fmt: skip

# How many customers of a hundred come from each locale, in the order of LOCALES.
SHARES: Final = (30, 16, 18, 8, 5, 4, 4, 6, 4, 3, 2)

FIRST_NAMES: Final = (
    "Aiko", "Alma", "Ben", "Carla", "Dmitri", "Elif", "Farid", "Greta", "Hana", "Igor", "Jonas", "Kofi", "Lena", "Mehmet",
    "Nadia", "Oskar", "Priya", "Rosa", "Sven", "Tomás", "Uma", "Viktor", "Wei", "Yusuf", "Zoë",
)  # fmt: skip
LAST_NAMES: Final = (
    "Abara", "Brandt", "Castell", "Dahl", "Ekström", "Farrow", "Gruber", "Hoshino", "Ivanko", "Jansen", "Kovač", "Lindner",
    "Moreau", "Nakata", "Okoro", "Petrov", "Quist", "Rossi", "Santos", "Tanaka", "Urban", "Vidal", "Wong", "Yilmaz", "Zeman",
)  # fmt: skip
PRODUCTS: Final = ("Platform", "Analytics", "Storage", "Network", "Security", "Support", "Services")
FREE_MAIL: Final = ("gmail.com", "outlook.com", "gmx.de", "yahoo.co.jp")
GROUP_DOMAINS: Final = ("harbourgroup.com", "nordlicht-holding.de", "stadt-verbund.de", "unitedcampus.edu")
