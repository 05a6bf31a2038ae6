"""Salesforce's screens: the desk's vocabulary in the org's fields, saved under the person's own user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from sandbox.desks import Kind, Raw, Values
from sandbox.programme import salesforce_forms, salesforce_rows
from sandbox.programme.scenarios import Crm
from sandbox.programme.submissions import SubmissionPlan
from sandbox.programme.vendor import WORKFLOW
from sandbox.salesforce.org import Org


class SalesforceScreens:
    """See Screens in desks.py."""

    door = Crm.SALESFORCE
    in_review = "Under Review"
    objects: Mapping[Kind, str] = {
        Kind.SUBMISSION: salesforce_forms.OBJECT,
        Kind.DEAL: "Opportunity",
        Kind.COMPANY: "Account",
    }
    fields: Mapping[Kind, Mapping[str, str]] = {
        Kind.SUBMISSION: {
            "status": "Status__c",
            "reason": "Rejection_Reason__c",
            "amount": "Amount__c",
            "close_on": "Expected_Close_Date__c",
            "registration_id": "Registration_Id__c",
            "protected_until": "Protected_Until__c",
            "owner": "OwnerId",
            "description": "Description__c",
        },
        Kind.DEAL: {
            "name": "Name",
            "stage": "StageName",
            "amount": "Amount",
            "close_on": "CloseDate",
            "owner": "OwnerId",
            "product": "Product_Line__c",
            "currency": "CurrencyIsoCode",
            "protected_until": "Registration_Protected_Until__c",
            "registration_id": "Registration_Id__c",
            "description": "NextStep",
        },
        Kind.COMPANY: {
            "name": "Name",
            "domain": "Domain__c",
            "website": "Website",
            "country": "BillingCountry",
            "description": "Description",
        },
    }

    def __init__(self, org: Org) -> None:
        self._org = org

    def raw(self, kind: Kind, values: Values) -> Raw:
        return {self.fields[kind][name]: self._word(name, value) for name, value in values.items()}

    def find(self, kind: Kind, record_id: str) -> Raw | None:
        row = self._org.get(self.objects[kind], record_id)
        if row is None or row.get("IsDeleted"):
            return None
        return {**row, "modified_at": row["SystemModstamp"], "is_closed": row.get("IsClosed", False)}

    def is_deleted(self, kind: Kind, record_id: str) -> bool:
        row = self._org.get(self.objects[kind], record_id)
        return row is not None and bool(row.get("IsDeleted"))

    def submit(self, plan: SubmissionPlan, *, who: int) -> str:
        form = {name: _json(value) for name, value in salesforce_forms.form(plan).items() if value is not None}
        return self._org.create(salesforce_forms.OBJECT, form, by=salesforce_rows.user_id(who))

    def copy(self, record_id: str, *, who: int) -> str:
        row = self._org.get(salesforce_forms.OBJECT, record_id)
        assert row is not None, record_id
        kept = {name: _json(value) for name, value in row.items() if name.endswith("__c") and value is not None}
        kept.pop("Registration_Id__c", None)
        fields = {**kept, "OwnerId": row["OwnerId"], "CurrencyIsoCode": row["CurrencyIsoCode"]}
        return self._org.create(salesforce_forms.OBJECT, fields, by=salesforce_rows.user_id(who))

    def create(self, kind: Kind, fields: Raw, *, company_id: str | None, who: int) -> str:
        user = salesforce_rows.user_id(who)
        given: Raw = {"OwnerId": user, **fields}
        if company_id is not None:
            given["AccountId"] = company_id
        return self._org.create(self.objects[kind], given, by=user)

    def update(self, kind: Kind, record_id: str, fields: Raw, *, who: int | None) -> None:
        user = salesforce_rows.user_id(WORKFLOW if who is None else who)
        self._org.update(self.objects[kind], record_id, fields, by=user)

    def delete(self, kind: Kind, record_id: str, *, who: int) -> None:
        self._org.delete(self.objects[kind], record_id, by=salesforce_rows.user_id(who))

    def restore(self, kind: Kind, record_id: str, *, who: int) -> None:
        self._org.undelete(self.objects[kind], record_id, by=salesforce_rows.user_id(who))

    def merge_companies(self, winner_id: str, loser_id: str, *, who: int) -> None:
        self._org.merge("Account", winner_id, loser_id, by=salesforce_rows.user_id(who))

    def submission_ids(self) -> Iterator[str]:
        return (str(row["Id"]) for row in self._org.rows(salesforce_forms.OBJECT))

    def company_of_story(self, story: int) -> str:
        return salesforce_rows.prospect_id(story)

    @staticmethod
    def _word(name: str, value: Any) -> Any:
        if name == "stage":
            return salesforce_rows.STAGES[value][0]
        if name == "owner":
            return salesforce_rows.user_id(value)
        if name == "status":
            return STATUSES[value]
        return _json(value)


STATUSES: Final = {
    "new": "Submitted",
    "in_review": "Under Review",
    "approved": "Approved",
    "rejected": "Rejected",
    "withdrawn": "Withdrawn",
}


def _json(value: Any) -> Any:
    """Return a value as JSON has it."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return value
