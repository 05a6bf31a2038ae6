"""HubSpot's screens: the desk's vocabulary in the portal's properties, all text, saved under the person's own user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sandbox.desks import Kind, Raw, Values
from sandbox.hubspot.portal import Portal
from sandbox.programme import hubspot_forms, hubspot_rows
from sandbox.programme.scenarios import Crm
from sandbox.programme.submissions import SubmissionPlan

_WORKFLOW = "workflow:Deal desk"
_UNIQUE = ("submission_id", "registration_id")


class HubspotScreens:
    """See Screens in desks.py."""

    door = Crm.HUBSPOT
    in_review = "in_review"
    objects: Mapping[Kind, str] = {
        Kind.SUBMISSION: hubspot_forms.OBJECT,
        Kind.DEAL: "deals",
        Kind.COMPANY: "companies",
    }
    fields: Mapping[Kind, Mapping[str, str]] = {
        Kind.SUBMISSION: {
            "status": "submission_status",
            "reason": "rejection_reason",
            "amount": "amount",
            "close_on": "expected_close_date",
            "registration_id": "registration_id",
            "protected_until": "protected_until",
            "owner": "hubspot_owner_id",
            "description": "description",
        },
        Kind.DEAL: {
            "name": "dealname",
            "stage": "dealstage",
            "amount": "amount",
            "close_on": "closedate",
            "owner": "hubspot_owner_id",
            "product": "product_line",
            "currency": "deal_currency_code",
            "protected_until": "registration_protected_until",
            "registration_id": "registration_id",
            "description": "description",
        },
        Kind.COMPANY: {
            "name": "name",
            "domain": "domain",
            "website": "website",
            "country": "country",
            "description": "description",
        },
    }

    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def raw(self, kind: Kind, values: Values) -> Raw:
        return {self.fields[kind][name]: self._word(kind, name, value) for name, value in values.items()}

    def find(self, kind: Kind, record_id: str) -> Raw | None:
        row = self._portal.get(self.objects[kind], record_id)
        if row is None or row["archived"]:
            return None
        properties = row["properties"]
        is_closed = properties.get("hs_is_closed") == "true"
        return {**properties, "modified_at": row["updatedAt"], "is_closed": is_closed}

    def is_deleted(self, kind: Kind, record_id: str) -> bool:
        row = self._portal.get(self.objects[kind], record_id)
        return row is not None and bool(row["archived"])

    def submit(self, plan: SubmissionPlan, *, who: int) -> str:
        links = [("companies", company, label) for company, label in hubspot_forms.links(plan)]
        return self._portal.create(hubspot_forms.OBJECT, hubspot_forms.form(plan), by="form", associations=links)

    def copy(self, record_id: str, *, who: int) -> str:
        row = self._portal.get(hubspot_forms.OBJECT, record_id)
        assert row is not None, record_id
        kept = {
            name: value
            for name, value in row["properties"].items()
            if value is not None and not name.startswith("hs_") and name not in _UNIQUE
        }
        return self._portal.create(hubspot_forms.OBJECT, kept, by=hubspot_rows.owner_id(who))

    def create(self, kind: Kind, fields: Raw, *, company_id: str | None, who: int) -> str:
        owner = hubspot_rows.owner_id(who)
        given = {"hubspot_owner_id": owner, **fields}
        if kind is Kind.DEAL:
            given.setdefault("pipeline", "default")
        links = [("companies", company_id, "Primary")] if company_id is not None else []
        return self._portal.create(self.objects[kind], given, by=owner, associations=links)

    def update(self, kind: Kind, record_id: str, fields: Raw, *, who: int | None) -> None:
        by = _WORKFLOW if who is None else hubspot_rows.owner_id(who)
        self._portal.update(self.objects[kind], record_id, fields, by=by)

    def delete(self, kind: Kind, record_id: str, *, who: int) -> None:
        self._portal.archive(self.objects[kind], record_id, by=hubspot_rows.owner_id(who))

    def restore(self, kind: Kind, record_id: str, *, who: int) -> None:
        self._portal.restore(self.objects[kind], record_id, by=hubspot_rows.owner_id(who))

    def merge_companies(self, winner_id: str, loser_id: str, *, who: int) -> None:
        self._portal.merge("companies", winner_id, loser_id, by=hubspot_rows.owner_id(who))

    def submission_ids(self) -> Iterator[str]:
        return (str(row["id"]) for row in self._portal.rows(hubspot_forms.OBJECT))

    def company_of_story(self, story: int) -> str:
        return hubspot_rows.prospect_id(story)

    @staticmethod
    def _word(kind: Kind, name: str, value: Any) -> str:
        if value is None:
            return ""
        if name == "stage":
            return hubspot_rows.STAGES[value]
        if name == "owner":
            return hubspot_rows.owner_id(value)
        if name == "close_on" and kind is Kind.DEAL and isinstance(value, date):
            return f"{value.isoformat()}T12:00:00Z"
        if isinstance(value, date):
            return value.isoformat()
        return str(value)
