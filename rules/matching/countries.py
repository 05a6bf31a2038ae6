"""Names of countries, as written in Latin letters without accents, to their two-letter codes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Source: ISO 3166-1, with the names people write in their own language.
COUNTRY_CODES: Final[Mapping[str, str]] = {
    "uae": "AE", "united arab emirates": "AE", "argentina": "AR", "austria": "AT", "oesterreich": "AT",
    "osterreich": "AT", "australia": "AU", "belgie": "BE", "belgien": "BE", "belgique": "BE", "belgium": "BE",
    "bulgaria": "BG", "brasil": "BR", "brazil": "BR", "canada": "CA", "schweiz": "CH", "suisse": "CH",
    "svizzera": "CH", "switzerland": "CH", "chile": "CL", "china": "CN", "peoples republic of china": "CN",
    "colombia": "CO", "cyprus": "CY", "ceska republika": "CZ", "czech republic": "CZ", "czechia": "CZ",
    "alemania": "DE", "allemagne": "DE", "deutschland": "DE", "germania": "DE", "germany": "DE", "niemcy": "DE",
    "danmark": "DK", "denmark": "DK", "eesti": "EE", "estonia": "EE", "egypt": "EG", "espagne": "ES", "espana": "ES",
    "spain": "ES", "spanien": "ES", "finland": "FI", "suomi": "FI", "france": "FR", "francia": "FR",
    "frankreich": "FR", "england": "GB", "great britain": "GB", "scotland": "GB", "united kingdom": "GB",
    "wales": "GB", "greece": "GR", "hellas": "GR", "hong kong": "HK", "croatia": "HR", "hrvatska": "HR",
    "hungary": "HU", "magyarorszag": "HU", "indonesia": "ID", "ireland": "IE", "israel": "IL", "india": "IN",
    "iceland": "IS", "italia": "IT", "italien": "IT", "italy": "IT", "japan": "JP", "nippon": "JP", "kenya": "KE",
    "korea": "KR", "republic of korea": "KR", "south korea": "KR", "kuwait": "KW", "kazakhstan": "KZ",
    "lithuania": "LT", "luxembourg": "LU", "luxemburg": "LU", "latvia": "LV", "maroc": "MA", "morocco": "MA",
    "mexico": "MX", "malaysia": "MY", "nigeria": "NG", "holland": "NL", "nederland": "NL", "netherlands": "NL",
    "the netherlands": "NL", "norge": "NO", "norway": "NO", "new zealand": "NZ", "peru": "PE", "philippines": "PH",
    "pakistan": "PK", "poland": "PL", "polen": "PL", "polska": "PL", "portugal": "PT", "qatar": "QA", "romania": "RO",
    "serbia": "RS", "srbija": "RS", "russia": "RU", "russian federation": "RU", "saudi arabia": "SA",
    "schweden": "SE", "sverige": "SE", "sweden": "SE", "singapore": "SG", "slovenia": "SI", "slovakia": "SK",
    "thailand": "TH", "turkei": "TR", "turkey": "TR", "turkiye": "TR", "taiwan": "TW", "ukraine": "UA", "u s a": "US",
    "united states": "US", "united states of america": "US", "usa": "US", "vietnam": "VN", "south africa": "ZA",
}  # fmt: skip
