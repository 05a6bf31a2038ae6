"""Telephone numbers, postal addresses and official numbers in comparable forms; what stands for nothing gives None.

A number is compared by its last eight digits, so that national and international spellings meet without a numbering plan.
A street is its house number and the words that name it; whatever only says "street" is left out.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rules.matching.text import clean, fold


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_EXTENSION: Final = re.compile(
    r"(?:ext|x|extension|durchwahl|dw|poste|int|anexo|ramal)\.?\s*\d+\s*$|[;#,]\s*\d+\s*$", re.IGNORECASE
)
_TRUNK: Final = re.compile(r"\(0\)")
_NOT_DIGIT: Final = re.compile(r"\D+")
_PHONE_MIN: Final = 7
_PHONE_MAX: Final = 15
_KEY: Final = 8
_RUNS: Final = ("01234567890123456789", "98765432109876543210")
_CODES: Final = {
    "1": "US CA", "7": "RU KZ", "20": "EG", "27": "ZA", "30": "GR", "31": "NL", "32": "BE", "33": "FR", "34": "ES",
    "36": "HU", "39": "IT", "40": "RO", "41": "CH", "43": "AT", "44": "GB", "45": "DK", "46": "SE", "47": "NO",
    "48": "PL", "49": "DE", "51": "PE", "52": "MX", "54": "AR", "55": "BR", "56": "CL", "57": "CO", "58": "VE",
    "60": "MY", "61": "AU", "62": "ID", "63": "PH", "64": "NZ", "65": "SG", "66": "TH", "81": "JP", "82": "KR",
    "84": "VN", "86": "CN", "90": "TR", "91": "IN", "92": "PK", "94": "LK", "212": "MA", "213": "DZ", "216": "TN",
    "234": "NG", "254": "KE", "351": "PT", "352": "LU", "353": "IE", "354": "IS", "355": "AL", "356": "MT",
    "357": "CY", "358": "FI", "359": "BG", "370": "LT", "371": "LV", "372": "EE", "380": "UA", "381": "RS",
    "385": "HR", "386": "SI", "387": "BA", "389": "MK", "420": "CZ", "421": "SK", "423": "LI", "852": "HK",
    "880": "BD", "886": "TW", "961": "LB", "962": "JO", "965": "KW", "966": "SA", "971": "AE", "972": "IL",
    "973": "BH", "974": "QA", "968": "OM",
}  # fmt: skip
_STREET_WORDS: Final = _set(
    """
    street st str strasse road rd avenue ave av avda avenida lane ln drive dr boulevard blvd bd bvd boul way
    place pl platz square sq court ct crescent close rue r calle c via viale corso piazza p.za largo rua
    travessa alameda al aleja aleje ul ulica ulitsa per prospekt pr ulice utca ut u straat weg laan plein gracht
    kade gade vej vagen gatan gate veien tie katu no nr num numero n the de la le du des del della di der die
    das den do da e et and suite ste floor fl unit apt bldg building etage stock piso of po box pobox postfach
    bp apartado km s odos leoforos cad cd caddesi sok sokak mah
    """
)
_STREET_ENDS: Final = re.compile(r"(?<=\w\w\w)(?:strasse|str|straat|gatan|gata|gaten|gade|vagen|veien|vej)$")
_WORD: Final = re.compile(r"[a-z0-9]+")
_POSTAL: Final = re.compile(r"[^A-Z0-9]")
_NUMBER: Final = re.compile(r"\d+")
_EXONYMS: Final = {
    "munich": "munchen", "cologne": "koln", "vienna": "wien", "zurich": "zurich", "geneva": "geneve",
    "genf": "geneve", "nuremberg": "nurnberg", "hanover": "hannover", "brunswick": "braunschweig",
    "lucerne": "luzern", "basle": "basel", "bale": "basel", "milan": "milano", "rome": "roma", "turin": "torino",
    "naples": "napoli", "florence": "firenze", "venice": "venezia", "genoa": "genova", "padua": "padova",
    "mailand": "milano", "rom": "roma", "venedig": "venezia", "florenz": "firenze", "neapel": "napoli",
    "genua": "genova", "brussels": "brussel", "bruxelles": "brussel", "antwerp": "antwerpen", "anvers": "antwerpen",
    "ghent": "gent", "gand": "gent", "bruges": "brugge", "liege": "luik", "hague": "haag", "hage": "haag",
    "copenhagen": "kobenhavn", "kopenhagen": "kobenhavn", "gothenburg": "goteborg", "helsingfors": "helsinki",
    "lisbon": "lisboa", "lissabon": "lisboa", "oporto": "porto", "seville": "sevilla", "saragossa": "zaragoza",
    "warsaw": "warszawa", "warschau": "warszawa", "cracow": "krakow", "krakau": "krakow", "danzig": "gdansk",
    "breslau": "wroclaw", "posen": "poznan", "prague": "praha", "prag": "praha", "brunn": "brno",
    "pressburg": "bratislava", "bucharest": "bucuresti", "bukarest": "bucuresti", "belgrade": "beograd",
    "belgrad": "beograd", "athens": "athina", "athen": "athina", "athinai": "athina", "thessalonica": "thessaloniki",
    "moscow": "moskva", "moskau": "moskva", "petersburg": "peterburg", "kiev": "kyiv", "kiew": "kyiv",
    "kharkov": "kharkiv", "odessa": "odesa", "lvov": "lviv", "lemberg": "lviv", "bombay": "mumbai",
    "calcutta": "kolkata", "madras": "chennai", "bangalore": "bengaluru", "gurgaon": "gurugram", "poona": "pune",
    "peking": "beijing", "canton": "guangzhou", "hongkong": "hong kong", "sao": "sao", "mexico": "mexico",
    "marseilles": "marseille", "lyons": "lyon", "strassburg": "strasbourg", "nice": "nice", "nizza": "nice",
    "new": "new", "gotheborg": "goteborg", "lodsch": "lodz", "saigon": "ho chi minh", "bei jing": "beijing",
    "cairo": "qahira", "jeddah": "jidda", "istambul": "istanbul", "constantinople": "istanbul",
}  # fmt: skip
# Cities as they are written in ideographs, which have no reliable reading.
_IDEOGRAPHS: Final = {
    "北京": "beijing", "上海": "shanghai", "深圳": "shenzhen", "广州": "guangzhou", "廣州": "guangzhou",
    "杭州": "hangzhou", "成都": "chengdu", "南京": "nanjing", "武汉": "wuhan", "西安": "xian", "苏州": "suzhou",
    "天津": "tianjin", "重庆": "chongqing", "香港": "hong kong", "台北": "taipei", "臺北": "taipei",
    "青岛": "qingdao", "大连": "dalian", "厦门": "xiamen", "宁波": "ningbo", "東京": "tokyo", "东京": "tokyo",
    "大阪": "osaka", "名古屋": "nagoya", "横浜": "yokohama", "京都": "kyoto", "神戸": "kobe", "福岡": "fukuoka",
    "札幌": "sapporo", "仙台": "sendai", "広島": "hiroshima", "川崎": "kawasaki", "埼玉": "saitama", "千葉": "chiba",
}  # fmt: skip
_NO_WORDS: Final[frozenset[str]] = frozenset()
Phone = tuple[str, str, str]  # last eight digits, national number, countries by its international code
Street = tuple[frozenset[str], frozenset[str]]  # numbers, words


@lru_cache(maxsize=4_096)
def phone_of(text: str | None) -> Phone | None:
    """Return a telephone number in comparable form, None for a placeholder."""
    if not text:
        return None
    plain = _EXTENSION.sub("", _TRUNK.sub("", text[:60].strip()))
    digits = _NOT_DIGIT.sub("", plain)
    is_international = plain.startswith(("+", "00"))
    digits = digits.lstrip("0")
    if not _PHONE_MIN <= len(digits) <= _PHONE_MAX or len(set(digits)) <= 2 or any(digits in run for run in _RUNS):
        return None
    code = next((digits[:size] for size in (3, 2, 1) if digits[:size] in _CODES), "") if is_international else ""
    return digits[-_KEY:], digits[len(code) :].lstrip("0"), _CODES.get(code, "")


@lru_cache(maxsize=4_096)
def street_of(text: str | None) -> Street | None:
    """Return the numbers and the telling words of a street, None where either is missing."""
    if not text:
        return None
    latin, unread = fold(clean(text))
    found = _WORD.findall(latin)
    numbers = frozenset(_NUMBER.findall(latin)[:4])
    words = {_STREET_ENDS.sub("", word) for word in found if word not in _STREET_WORDS and not word[0].isdigit()}
    if unread:
        words.add(unread)
    words = {word for word in words if len(word) > 1}
    return (numbers, frozenset(words)) if numbers and words else None


def postal_of(text: str | None) -> str | None:
    """Return a postal code without spaces and signs, None for a placeholder."""
    if not text:
        return None
    code = _POSTAL.sub("", text[:20].upper())
    if len(code) < 3 or len(set(code)) == 1 or code in ("12345", "123456") or not any(sign.isdigit() for sign in code):
        return None
    return code


@lru_cache(maxsize=4_096)
def city_of(text: str | None) -> frozenset[str]:
    """Return the words of a city's name in one spelling, empty where nothing is told."""
    if not text:
        return _NO_WORDS
    latin, unread = fold(clean(text))
    words = [_EXONYMS.get(word, word) for word in _WORD.findall(latin) if len(word) > 1]
    if unread:
        words.append(_IDEOGRAPHS.get(unread.rstrip("市都府"), unread))
    return frozenset(word for word in words if word not in ("na", "none", "unknown", "null", "of", "the"))


@lru_cache(maxsize=4_096)
def person_of(text: str | None) -> frozenset[str]:
    """Return the words of a person's name in whatever order, empty for fewer than two."""
    if not text:
        return _NO_WORDS
    latin, unread = fold(clean(text))
    words = frozenset(word for word in _WORD.findall(latin) if len(word) > 1)
    return words | {unread} if unread else words if len(words) >= 2 else _NO_WORDS


def mailbox_of(text: str | None) -> str | None:
    """Return a mail address in lower case, None where it is none."""
    if not text or text.count("@") != 1:
        return None
    address = text.strip().lower()
    return address if " " not in address and 5 < len(address) < 200 else None


def number_of(text: str | None) -> str | None:
    """Return a tax or registry number in capitals and digits only, None for a placeholder."""
    if not text:
        return None
    number = _POSTAL.sub("", text[:40].upper())
    digits = sum(sign.isdigit() for sign in number)
    return number if digits >= 5 and len(set(number)) > 2 and number not in _RUNS[0] else None
