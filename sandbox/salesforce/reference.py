"""The org's objects: the standard ones that deal registration touches, with the reference schema's additions.

Which fields exist, their types and properties follow recorded describes of real orgs; the custom ones are those that
connectors/salesforce/fields.yaml maps by default. The first stages and currencies are given here, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sandbox.salesforce.fields import (
    FieldDef,
    ObjectDef,
    area,
    date,
    flag,
    instant,
    key,
    lookup,
    money,
    number,
    picklist,
    read_only,
    required,
    text,
)

STAGES: Final[Sequence[tuple[str, int, bool, bool, str]]] = (
    # name, probability, closed, won, forecast category
    ("Prospecting", 10, False, False, "Pipeline"),
    ("Qualification", 10, False, False, "Pipeline"),
    ("Needs Analysis", 20, False, False, "Pipeline"),
    ("Value Proposition", 50, False, False, "Pipeline"),
    ("Proposal/Price Quote", 75, False, False, "Best Case"),
    ("Negotiation/Review", 90, False, False, "Commit"),
    ("Closed Won", 100, True, True, "Closed"),
    ("Closed Lost", 0, True, False, "Omitted"),
)
DEAL_STATUS: Final = "Draft|Submitted|Under Review|Approved|Rejected|Expired|Withdrawn|Won|Lost"
REJECTIONS: Final = (
    "Duplicate Registration|Existing Opportunity|Incomplete Information|Not Qualified|Existing Customer|Other"
)
_CURRENCIES: Final = frozenset({"CurrencyType", "DatedConversionRate"})
_WITHOUT_CURRENCY: Final = _CURRENCIES | {"Organization", "User", "Group", "OpportunityStage"}
_ADDRESS: Final = (("Street", 255, "textarea"), ("City", 40, "string"), ("State", 80, "string"))
_SOURCES: Final = "Web|Phone Inquiry|Partner Referral|Purchased List|Other"


def build_objects(currencies: Sequence[str], *, has_dated_rates: bool = False) -> dict[str, ObjectDef]:
    """Return the objects by name.

    currencies: the org's; with a single one no record has a CurrencyIsoCode. has_dated_rates: advanced currency management.
    """
    is_multi = len(currencies) > 1
    made: dict[str, ObjectDef] = {}
    for name, prefix, fields, owners in _OBJECTS:
        declared = [*_system(name, owners), *fields]
        if is_multi and name not in _WITHOUT_CURRENCY:
            declared.append(
                picklist(
                    "CurrencyIsoCode",
                    "|".join(currencies),
                    is_restricted=True,
                    is_nillable=False,
                    default=currencies[0],
                )
            )
        if name in _CURRENCIES and not (is_multi and (has_dated_rates or name == "CurrencyType")):
            continue
        made[name] = ObjectDef(name, prefix, declared)
    return made


def _system(name: str, owners: str) -> Iterator[FieldDef]:
    yield read_only(FieldDef(name="Id", type="id", length=18, is_nillable=False))
    if name not in _WITHOUT_CURRENCY:
        yield read_only(flag("IsDeleted"))
    if name in ("Account", "Contact", "Lead"):
        target = name
        yield read_only(lookup("MasterRecordId", target, relationship="MasterRecord"))
    if owners:
        yield lookup("OwnerId", owners, is_nillable=False, default="", relationship="Owner")
    for stamp, who in (("CreatedDate", "CreatedById"), ("LastModifiedDate", "LastModifiedById")):
        yield read_only(instant(stamp, is_nillable=False))
        yield read_only(lookup(who, "User", is_nillable=False))
    yield read_only(instant("SystemModstamp", is_nillable=False))


def _address(prefix: str) -> tuple[FieldDef, ...]:
    parts = tuple(text(prefix + name, length, type=kind) for name, length, kind in _ADDRESS)
    return (*parts, text(prefix + "PostalCode", 20), text(prefix + "Country", 80))


_WITNESS: Final = number("Registration_Rev__c", 18, 0)

_ACCOUNT: Final = (
    required("Name", 255),
    picklist("Type", "Prospect|Customer - Direct|Customer - Channel|Channel Partner / Reseller|Other"),
    lookup("ParentId", "Account"),
    *_address("Billing"),
    *_address("Shipping"),
    text("Phone", 40, type="phone"),
    text("Website", 255, type="url"),
    picklist("Industry", "Agriculture|Banking|Education|Energy|Healthcare|Manufacturing|Retail|Technology|Other"),
    number("AnnualRevenue", 18, 0, type="currency"),
    number("NumberOfEmployees", 8, 0, type="int"),
    area("Description", 32000),
    picklist("AccountSource", _SOURCES),
    read_only(date("LastActivityDate")),
    flag("IsPartner", is_createable=False),
    text("Domain__c", 255),
    picklist("Partner_Tier__c", "Platinum|Gold|Silver|Registered"),
    key("Partner_Code__c", 20),
    picklist("Partner_Standing__c", "Good|Past Due|Suspended", is_restricted=True),
)
_CONTACT: Final = (
    lookup("AccountId", "Account"),
    text("FirstName", 40),
    required("LastName", 80),
    read_only(text("Name", 121, is_nillable=False)),
    text("Email", 80, type="email"),
    text("Phone", 40, type="phone"),
    text("Title", 128),
    text("Department", 80),
    *_address("Mailing"),
    picklist("LeadSource", _SOURCES),
    area("Description", 32000),
)
_OPPORTUNITY: Final = (
    lookup("AccountId", "Account"),
    required("Name", 120),
    area("Description", 32000),
    picklist("StageName", "|".join(stage[0] for stage in STAGES), is_nillable=False),
    money("Amount"),
    number("Probability", 3, 0, type="percent"),
    read_only(money("ExpectedRevenue")),
    FieldDef(name="CloseDate", type="date", is_nillable=False),
    picklist("Type", "Existing Business|New Business"),
    text("NextStep", 255),
    picklist("LeadSource", _SOURCES),
    read_only(flag("IsClosed")),
    read_only(flag("IsWon")),
    read_only(picklist("ForecastCategory", "Omitted|Pipeline|BestCase|Forecast|Closed")),
    picklist("ForecastCategoryName", "Omitted|Pipeline|Best Case|Commit|Closed"),
    read_only(flag("HasOpportunityLineItem")),
    flag("IsPrivate"),
    lookup("ContactId", "Contact", is_updateable=False, relationship=None),
    read_only(date("LastActivityDate")),
    read_only(instant("LastStageChangeDate")),
    key("Registration_Id__c", 40),
    lookup("Registered_Partner__c", "Account"),
    picklist("Registration_Status__c", "None|Pending|Registered|Rejected|Expired|Conflict", is_restricted=True),
    date("Registration_Protected_Until__c"),
    text("Registration_Note__c", 255),
    _WITNESS,
    text("Product_Line__c", 80),
)
_DEAL: Final = (
    read_only(text("Name", 80, is_nillable=False, is_auto_number=True)),
    key("Registration_Id__c", 40),
    lookup("Partner_Account__c", "Account", is_nillable=False),
    lookup("Partner_Contact__c", "Contact"),
    text("Partner_Contact_Email__c", 80, type="email"),
    required("Customer_Name__c", 255),
    text("Customer_Domain__c", 255),
    text("Customer_Country__c", 80),
    lookup("Customer_Account__c", "Account"),
    text("Customer_Contact_Name__c", 121),
    text("Customer_Contact_Email__c", 80, type="email"),
    text("Deal_Name__c", 120),
    money("Amount__c"),
    date("Expected_Close_Date__c"),
    picklist("Products__c", "Platform|Analytics|Storage|Network|Security|Support|Services", type="multipicklist"),
    area("Description__c", 32768),
    picklist("Status__c", DEAL_STATUS, is_restricted=True, default="Draft"),
    picklist("Rejection_Reason__c", REJECTIONS, is_restricted=True),
    area("Decision_Notes__c", 2000),
    instant("Submitted_Date__c"),
    instant("Decision_Date__c"),
    date("Protected_Until__c"),
    lookup("Opportunity__c", "Opportunity"),
    picklist("Channel__c", "Reseller|Distributor|Referral|Managed Service|Marketplace"),
    _WITNESS,
)
_OBJECTION: Final = (
    lookup("Deal_Registration__c", "Deal_Registration__c", is_nillable=False),
    lookup("Partner_Account__c", "Account"),
    lookup("Objected_By__c", "User"),
    instant("Objected_At__c"),
    picklist("Evidence__c", "Meeting Notes|Quote|Purchase Order|Email", type="multipicklist"),
)
_LEAD: Final = (
    text("FirstName", 40),
    required("LastName", 80),
    read_only(text("Name", 121, is_nillable=False)),
    required("Company", 255),
    text("Title", 128),
    text("Email", 80, type="email"),
    text("Phone", 40, type="phone"),
    text("Website", 255, type="url"),
    text("Country", 80),
    picklist(
        "Status",
        "Open - Not Contacted|Working - Contacted|Closed - Converted|Closed - Not Converted",
        is_nillable=False,
        default="Open - Not Contacted",
    ),
    picklist("LeadSource", _SOURCES),
    area("Description", 32000),
    read_only(flag("IsConverted")),
    read_only(date("ConvertedDate")),
    read_only(lookup("ConvertedAccountId", "Account")),
    read_only(lookup("ConvertedContactId", "Contact")),
    read_only(lookup("ConvertedOpportunityId", "Opportunity")),
    key("Registration_Id__c", 40),
    _WITNESS,
)
_TASK: Final = (
    lookup("WhatId", "Account|Opportunity|Deal_Registration__c"),
    lookup("WhoId", "Contact|Lead"),
    text("Subject", 255, type="combobox"),
    picklist(
        "Status",
        "Not Started|In Progress|Completed|Waiting on someone else|Deferred",
        is_nillable=False,
        default="Not Started",
    ),
    picklist("Priority", "High|Normal|Low", is_nillable=False, default="Normal"),
    date("ActivityDate"),
    area("Description", 32000),
)
_USER: Final = (
    required("Username", 80),
    required("LastName", 80),
    text("FirstName", 40),
    read_only(text("Name", 121, is_nillable=False)),
    required("Email", 128, type="email"),
    flag("IsActive"),
    text("Title", 80),
    text("Department", 80),
    text("CompanyName", 80),
    picklist("UserType", "Standard|PowerPartner|AutomatedProcess", is_updateable=False),
    lookup("ManagerId", "User"),
    lookup("ContactId", "Contact"),
    read_only(lookup("AccountId", "Account")),
    text("TimeZoneSidKey", 40, type="picklist"),
    text("DefaultCurrencyIsoCode", 3, type="picklist"),
)
_ORGANIZATION: Final = tuple(
    read_only(field)
    for field in (
        text("Name", 80, is_nillable=False),
        flag("IsSandbox"),
        text("InstanceName", 5),
        text("OrganizationType", 40, type="picklist"),
        text("TimeZoneSidKey", 40, type="picklist"),
        text("LanguageLocaleKey", 40, type="picklist"),
        text("DefaultCurrencyIsoCode", 3, type="picklist"),
    )
)
_STAGE: Final = tuple(
    read_only(field)
    for field in (
        text("MasterLabel", 255),
        text("ApiName", 255),
        flag("IsActive"),
        number("SortOrder", 9, 0, type="int"),
        flag("IsClosed"),
        flag("IsWon"),
        number("DefaultProbability", 3, 0, type="percent"),
        text("ForecastCategoryName", 40, type="picklist"),
    )
)
_CURRENCY: Final = (
    text("IsoCode", 3, is_nillable=False),
    number("ConversionRate", 18, 6),
    number("DecimalPlaces", 1, 0, type="int"),
    flag("IsActive"),
    read_only(flag("IsCorporate")),
)
_DATED_RATE: Final = (
    text("IsoCode", 3, is_nillable=False),
    date("StartDate", is_nillable=False),
    read_only(date("NextStartDate")),
    number("ConversionRate", 18, 6),
)
_GROUP: Final = (required("Name", 40), text("DeveloperName", 80), text("Type", 40, type="picklist"))
_CONTACT_ROLE: Final = (
    lookup("OpportunityId", "Opportunity", is_nillable=False, is_updateable=False),
    lookup("ContactId", "Contact", is_nillable=False),
    picklist("Role", "Business User|Decision Maker|Economic Buyer|Evaluator|Influencer|Other"),
    flag("IsPrimary"),
)

# name, id prefix, fields, who may own a record
_OBJECTS: Final[Sequence[tuple[str, str, Sequence[FieldDef], str]]] = (
    ("Organization", "00D", _ORGANIZATION, ""),
    ("User", "005", _USER, ""),
    ("Group", "00G", _GROUP, ""),
    ("CurrencyType", "01L", _CURRENCY, ""),
    ("DatedConversionRate", "04w", _DATED_RATE, ""),
    ("OpportunityStage", "01J", _STAGE, ""),
    ("Account", "001", _ACCOUNT, "User"),
    ("Contact", "003", _CONTACT, "User"),
    ("Lead", "00Q", _LEAD, "Group|User"),
    ("Opportunity", "006", _OPPORTUNITY, "User"),
    ("OpportunityContactRole", "00K", _CONTACT_ROLE, ""),
    ("Task", "00T", _TASK, "Group|User"),
    ("Deal_Registration__c", "a0B", _DEAL, "Group|User"),
    ("Deal_Objection__c", "a0C", _OBJECTION, "User"),
)


def stage_rows(audit: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Return the OpportunityStage rows. audit: the system fields, equal for all; ids are given by the org."""
    for order, (name, probability, is_closed, is_won, forecast) in enumerate(STAGES, 1):
        yield {
            **audit,
            "MasterLabel": name,
            "ApiName": name,
            "IsActive": True,
            "SortOrder": order,
            "IsClosed": is_closed,
            "IsWon": is_won,
            "DefaultProbability": float(probability),
            "ForecastCategoryName": forecast,
        }
