"""What every org holds from its first day: the Organization, its integration user, its stages, its currencies."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sandbox.salesforce.ids import make_id
from sandbox.salesforce.reference import stage_rows

_RATES: Final = {"USD": 1.0, "EUR": 0.92, "GBP": 0.79, "JPY": 151.0}
_WITHOUT_CENTS: Final = frozenset({"JPY"})

Rows = Sequence[Mapping[str, Any]]


def first_rows(
    *, now: datetime, org_id: str, user_id: str, username: str, currencies: Sequence[str], is_sandbox: bool
) -> dict[str, Rows]:
    """Return the rows by object. currencies: the corporate one first."""
    audit = {
        "CreatedDate": now,
        "CreatedById": user_id,
        "LastModifiedDate": now,
        "LastModifiedById": user_id,
        "SystemModstamp": now,
    }
    user = {
        "Id": user_id,
        "Username": username,
        "FirstName": "Registrar",
        "LastName": "Integration",
        "Name": "Registrar Integration",
        "Email": username,
        "IsActive": True,
        "UserType": "Standard",
        "TimeZoneSidKey": "UTC",
    }
    organization = {
        "Id": org_id,
        "Name": "Vendor",
        "IsSandbox": is_sandbox,
        "InstanceName": "SBX1",
        "OrganizationType": "Enterprise Edition",
        "TimeZoneSidKey": "UTC",
        "LanguageLocaleKey": "en_US",
        "DefaultCurrencyIsoCode": currencies[0],
    }
    stages = [{**row, "Id": make_id("01J", number)} for number, row in enumerate(stage_rows(audit), 1)]
    rows: dict[str, Rows] = {
        "User": [{**audit, **user}],
        "Organization": [{**audit, **organization}],
        "OpportunityStage": stages,
    }
    if len(currencies) > 1:
        rows["CurrencyType"] = [
            {**audit, "Id": make_id("01L", number), **_currency(code, is_corporate=number == 1)}
            for number, code in enumerate(currencies, 1)
        ]
    return rows


def _currency(code: str, *, is_corporate: bool) -> dict[str, Any]:
    return {
        "IsoCode": code,
        "ConversionRate": _RATES.get(code, 1.0),
        "DecimalPlaces": 0 if code in _WITHOUT_CENTS else 2,
        "IsActive": True,
        "IsCorporate": is_corporate,
    }
