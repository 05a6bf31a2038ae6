"""What describe tells of an object, its fields and the org: only what the integration user may see."""

from __future__ import annotations

from typing import Any, Final

from sandbox.salesforce.fields import FieldDef, ObjectDef
from sandbox.salesforce.store import Store

_SOAP: Final = {
    "boolean": "xsd:boolean",
    "currency": "xsd:double",
    "double": "xsd:double",
    "percent": "xsd:double",
    "int": "xsd:int",
    "date": "xsd:date",
    "datetime": "xsd:dateTime",
    "id": "tns:ID",
    "reference": "tns:ID",
}
_RECORD_TYPES: Final = [
    {
        "active": True,
        "available": True,
        "defaultRecordTypeMapping": True,
        "developerName": "Master",
        "master": True,
        "name": "Master",
        "recordTypeId": "012000000000000AAA",
    }
]


def describe(store: Store, shape: ObjectDef, version: str) -> dict[str, Any]:
    """Return the whole describe answer of an object."""
    children = [
        {"childSObject": child.name, "field": field.name, "relationshipName": None, "cascadeDelete": False}
        for child in store.objects.values()
        if child.name not in store.hidden_objects
        for field in child.references
        if shape.name in field.reference_to
    ]
    return {
        **brief(shape, version),
        "childRelationships": children,
        "fields": [_field(store, shape, field) for field in store.visible(shape)],
        "recordTypeInfos": _RECORD_TYPES,
    }


def brief(shape: ObjectDef, version: str) -> dict[str, Any]:
    """Return an object as describe global lists it."""
    base = f"/services/data/v{version}/sobjects/{shape.name}"
    is_written = shape.name not in ("Organization", "OpportunityStage")
    return {
        "name": shape.name,
        "label": shape.name.removesuffix("__c").replace("_", " "),
        "keyPrefix": shape.prefix,
        "custom": shape.is_custom,
        "createable": is_written,
        "updateable": is_written,
        "deletable": shape.is_deletable,
        "undeletable": shape.is_deletable,
        "queryable": True,
        "retrieveable": True,
        "replicateable": shape.is_deletable,
        "mergeable": "MasterRecordId" in shape.fields,
        "searchable": is_written,
        "layoutable": is_written,
        "triggerable": is_written,
        "urls": {
            "sobject": base,
            "describe": f"{base}/describe",
            "rowTemplate": f"{base}/{{ID}}",
        },
    }


def _field(store: Store, shape: ObjectDef, field: FieldDef) -> dict[str, Any]:
    is_read_only = store.is_read_only(shape, field)
    return {
        "name": field.name,
        "label": field.label,
        "type": field.type,
        "soapType": _SOAP.get(field.type, "xsd:string"),
        "length": field.length,
        "byteLength": field.length * 3,
        "precision": field.precision,
        "scale": field.scale,
        "digits": 0,
        "nillable": field.is_nillable,
        "createable": field.is_createable and not is_read_only,
        "updateable": field.is_updateable and not is_read_only,
        "defaultedOnCreate": field.type == "boolean" or field.default is not None or not field.is_createable,
        "defaultValue": field.default or None,
        "calculated": field.is_calculated,
        "autoNumber": field.is_auto_number,
        "custom": field.name.endswith("__c"),
        "externalId": field.is_external_id,
        "unique": field.is_unique,
        "caseSensitive": False,
        "idLookup": field.is_external_id or field.type == "id",
        "filterable": field.is_filterable,
        "sortable": field.is_sortable,
        "groupable": field.is_filterable and field.type not in ("currency", "double", "percent", "datetime"),
        "restrictedPicklist": field.is_restricted,
        "picklistValues": [
            {"active": True, "defaultValue": value == field.default, "label": value, "validFor": None, "value": value}
            for value in field.picklist
        ],
        "referenceTo": list(field.reference_to),
        "relationshipName": field.relationship,
        "polymorphicForeignKey": len(field.reference_to) > 1,
        "nameField": field.name == "Name",
    }
