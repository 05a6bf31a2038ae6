"""What each signal weighs, in log-odds.

FITTED was learned on made-up records of two kinds, within bounds that keep any one signal from carrying a decision and
that allow for missing fields; FIXED rests on what a signal means. A policy may set others (matching.weights).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_FITTED: Final = {
    "base": -2.4,
    "name_equal": 3.2, "name_garbled": 2.5, "name_rarity": 2.0, "name_similar": 1.5, "name_acronym": 1.0,
    "name_alias": -0.2, "name_typos": -0.3, "name_unknown": -0.5, "name_partly": -1.0, "name_unread": -1.5,
    "name_order_differs": -1.8, "name_unlike": -2.5, "other_names_differ": -4.5,
    "domain_equal": 3.8, "domain_stem_equal": 1.2, "domain_stem_short": 0.9, "domain_alike": 0.3,
    "domain_holders_one_name": -1.2, "domain_holders": -1.8, "domain_differs": -2.6, "domain_of_strangers": -2.7,
    "domain_of_provider": -2.8,
    "country_equal": 1.0, "country_implied_fits": 0.8, "country_implied_differs": -2.8, "country_differs": -5.0,
    "many_left_over": -0.2, "place_left_over": -0.3, "left_over_on_both": -0.8, "other_left_over": -0.8,
    "activity_on_both": -1.0, "region_left_over": -1.2, "activity_left_over": -1.3, "other_on_both": -1.5,
    "place_on_both": -2.1, "region_on_both": -2.2, "group_on_both": -3.0, "number_left_over": -3.3,
    "group_left_over": -4.0, "number_on_both": -4.1,
    "phone_equal": 2.4, "person_equal": 1.6, "phone_near": 1.1, "phone_area": 0.7, "mailbox_equal": 0.5,
    "person_differs": -0.5, "phone_differs": -0.5, "phone_holders": -2.5,
    "street_equal": 3.8, "postal_equal": 2.2, "city_equal": 0.9, "street_differs": -1.0, "postal_differs": -1.4,
    "city_differs": -1.8,
}  # fmt: skip
_FIXED: Final = {
    "tax_id_equal": 5.0, "tax_id_differs": -3.0, "registry_no_equal": 4.5, "registry_no_differs": -2.5, "parent_link": -6.0,
    "page_equal": 1.2,
}  # fmt: skip
WEIGHTS: Final[Mapping[str, float]] = MappingProxyType({**_FITTED, **_FIXED})
