"""Names of countries, in their own language and script and in some others, to their two-letter codes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from rules.matching.text import clean, fold

# Source: ISO 3166-1, with the names people write in their own language. Code: three-letter code, then names.
_TABLE: Final = """
AE: are|uae|united arab emirates|emirates|الإمارات|الإمارات العربية المتحدة; AL: alb|albania|shqiperia
AM: arm|armenia; AR: arg|argentina; AT: aut|austria|österreich|autriche|oostenrijk|austriche
AU: aus|australia|australien; AZ: aze|azerbaijan; BA: bih|bosnia and herzegovina|bosna i hercegovina|bosnia
BD: bgd|bangladesh; BE: bel|belgium|belgie|belgique|belgien|belgica|belgio; BG: bgr|bulgaria|българия|bulgarien
BH: bhr|bahrain; BO: bol|bolivia; BR: bra|brazil|brasil|brasilien|bresil; BY: blr|belarus|беларусь|weissrussland
CA: can|canada|kanada; CH: che|switzerland|schweiz|suisse|svizzera|suiza|zwitserland|swiss
CI: civ|cote d ivoire|ivory coast; CL: chl|chile; CM: cmr|cameroon|cameroun; CN: chn|china|prc|chine|p r china
CN: peoples republic of china|中国|中华人民共和国|中國|mainland china; CO: col|colombia|kolumbien
CR: cri|costa rica; CY: cyp|cyprus|κύπρος|kypros|zypern
CZ: cze|czech republic|czechia|česko|česká republika|tschechien
DE: deu|ger|germany|deutschland|allemagne|alemania|germania|niemcy|duitsland|tyskland|brd|alemanha|saksa|德国|ドイツ
DK: dnk|denmark|danmark|dänemark|danemark|dinamarca|danimarca; DO: dom|dominican republic|republica dominicana
DZ: dza|algeria|algerie; EC: ecu|ecuador; EE: est|estonia|eesti|estland; EG: egy|egypt|مصر|ägypten
ES: esp|spain|españa|espagne|spanien|spagna|espanha|spanje|hiszpania|西班牙; ET: eth|ethiopia
FI: fin|finland|suomi|finnland|finlande|finlandia; FR: fra|france|frankreich|francia|frankrijk|franca|frança|francja
GB: gbr|uk|u k|united kingdom|great britain|england|scotland|wales|northern ireland|britain
GB: grossbritannien|royaume uni|reino unido|verenigd koninkrijk|regno unito|vereinigtes konigreich|英国
GE: geo|georgia; GH: gha|ghana; GR: grc|greece|hellas|ελλάδα|ελλάς|griechenland|grecia|grece; GT: gtm|guatemala
HK: hkg|hong kong|hongkong|香港|hong kong sar; HR: hrv|croatia|hrvatska|kroatien
HU: hun|hungary|magyarország|ungarn|hongrie; ID: idn|indonesia|indonesien
IE: irl|ireland|eire|irland|irlande|republic of ireland; IL: isr|israel|ישראל; IN: ind|india|bharat|indien|inde|भारत
IQ: irq|iraq; IS: isl|iceland|ísland|island; IT: ita|italy|italia|italien|italie|wlochy|itália; JO: jor|jordan
JP: jpn|japan|nippon|nihon|日本|日本国|japon|giappone; KE: ken|kenya; KH: khm|cambodia
KR: kor|korea|south korea|republic of korea|대한민국|한국|corea del sur|sudkorea; KW: kwt|kuwait|الكويت
KZ: kaz|kazakhstan|казахстан|қазақстан; LB: lbn|lebanon|liban|لبنان; LI: lie|liechtenstein; LK: lka|sri lanka
LT: ltu|lithuania|lietuva|litauen; LU: lux|luxembourg|luxemburg|lëtzebuerg; LV: lva|latvia|latvija|lettland
MA: mar|morocco|maroc|المغرب|marokko; MC: mco|monaco; MD: mda|moldova; ME: mne|montenegro|crna gora
MK: mkd|north macedonia|macedonia|македонија; MM: mmr|myanmar; MT: mlt|malta; MX: mex|mexico|méxico|mexiko|mexique
MY: mys|malaysia; NG: nga|nigeria
NL: nld|netherlands|nederland|the netherlands|holland|niederlande|pays bas|paises bajos|paesi bassi
NL: holandia|hollande; NO: nor|norway|norge|noreg|norwegen|norvege|noruega; NP: npl|nepal
NZ: nzl|new zealand|neuseeland; OM: omn|oman; PA: pan|panama; PE: per|peru|perú; PH: phl|philippines|pilipinas
PK: pak|pakistan; PL: pol|poland|polska|polen|pologne|polonia; PR: pri|puerto rico; PT: prt|portugal
PY: pry|paraguay; QA: qat|qatar|قطر; RO: rou|romania|românia|rumänien|roumanie; RS: srb|serbia|србија|srbija|serbien
RU: rus|russia|russian federation|россия|рф|российская федерация|russland|russie|rusia
SA: sau|saudi arabia|ksa|kingdom of saudi arabia|السعودية|المملكة العربية السعودية
SE: swe|sweden|sverige|schweden|suede; SG: sgp|singapore|singapur|新加坡; SI: svn|slovenia|slovenija|slowenien
SK: svk|slovakia|slovensko|slovak republic|slowakei; SN: sen|senegal; TH: tha|thailand|ไทย|ประเทศไทย
TN: tun|tunisia|tunisie; TR: tur|turkey|türkiye|turkiye|türkei|turquie|turquia
TW: twn|taiwan|台灣|臺灣|台湾|taiwan roc; TZ: tza|tanzania; UA: ukr|ukraine|україна|украина|ukraina; UG: uga|uganda
US: usa|u s a|u s|united states|united states of america|america|vereinigte staaten|etats unis
US: estados unidos|stati uniti|美国; UY: ury|uruguay; UZ: uzb|uzbekistan; VE: ven|venezuela
VN: vnm|vietnam|viet nam|việt nam; XK: xkx|kosovo; ZA: zaf|rsa|south africa|sudafrika|suid afrika; ZM: zmb|zambia
ZW: zwe|zimbabwe
"""


def _folded(text: str) -> str:
    """Return a country's name as comparable words; what has no Latin reading stays as written."""
    latin, unread = fold(clean(text))
    return " ".join(
        (*latin.replace(".", " ").replace("-", " ").replace("(", " ").replace(")", " ").split(), unread)
    ).strip()


def _read(table: str) -> dict[str, str]:
    entries = (entry.partition(":") for entry in table.replace("\n", ";").split(";") if entry.strip())
    return {_folded(name): code.strip() for code, _, names in entries for name in names.split("|") if name.strip()}


COUNTRY_CODES: Final[Mapping[str, str]] = _read(_TABLE)


@lru_cache(maxsize=1024)
def country_code(text: str | None) -> str | None:
    """Return the two-letter code of a country told by code or by name, None where it is not known."""
    if text is None or not text.strip():
        return None
    word = clean(text)
    if len(word) == 2 and word.isascii() and word.isalpha():
        return "GB" if word.upper() == "UK" else word.upper()
    return COUNTRY_CODES.get(_folded(word))
