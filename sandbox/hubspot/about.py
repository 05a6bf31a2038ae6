"""What a portal tells about itself: owners, pipelines, custom object schemas, the account."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sandbox.hubspot import errors, properties
from sandbox.hubspot.records import Records
from sandbox.hubspot.request import Call, Reply, page
from sandbox.hubspot.schema import ObjectType, Owner, Pipeline, Stage
from sandbox.hubspot.shapes import is_id

_MADE_AT: Final = "2024-05-13T08:30:00Z"  # the definitions are older than any record
_OWNERS_MAX: Final = 500


def owners_page(records: Records, call: Call) -> Reply:
    """Return live owners, or with archived=true the deactivated ones, whose userId is gone."""
    archived, email = call.flag("archived"), call.text("email")
    limit = call.number("limit", default=100, most=_OWNERS_MAX)
    after = call.text("after") or "0"
    if not is_id(after):
        raise errors.bad_cursor(after)
    listed = sorted(
        (each for each in records.owners.values() if each.is_archived is archived), key=lambda each: int(each.id)
    )
    if email is not None:
        listed = [each for each in listed if each.email == email.lower()]
    listed = [each for each in listed if int(each.id) >= int(after)]
    following = listed[limit].id if len(listed) > limit else None
    return Reply(status=200, data=page([_owner(each) for each in listed[:limit]], following, call.url))


def owner(records: Records, call: Call, owner_id: str) -> Reply:
    """Return one owner by id, or by userId where idProperty says so."""
    by_user = call.text("idProperty") == "userId"
    archived = call.flag("archived")
    for each in records.owners.values():
        if each.is_archived is archived and owner_id == (str(each.user_id) if by_user else each.id):
            return Reply(status=200, data=_owner(each))
    raise errors.not_found()


def pipelines(records: Records, name: str) -> Reply:
    listed = [each for each in records.pipelines.get(records.type_of(name).name, []) if not each.is_archived]
    return Reply(status=200, data={"results": [_pipeline(each, at) for at, each in enumerate(listed)]})


def pipeline(records: Records, name: str, pipeline_id: str) -> Reply:
    for at, each in enumerate(records.pipelines.get(records.type_of(name).name, [])):
        if each.id == pipeline_id and not each.is_archived:
            return Reply(status=200, data=_pipeline(each, at))
    raise errors.not_found()


def stages(records: Records, name: str, pipeline_id: str) -> Reply:
    found = pipeline(records, name, pipeline_id).data or {}
    return Reply(status=200, data={"results": found["stages"]})


def schemas(records: Records, call: Call) -> Reply:
    """Return the custom objects; HubSpot's own are not among them."""
    if call.flag("archived"):
        return Reply(status=200, data={"results": []})
    return Reply(status=200, data={"results": [_schema(records, each) for each in records.types if each.is_custom]})


def schema(records: Records, name: str) -> Reply:
    return Reply(status=200, data=_schema(records, records.type_of(name)))


def account(records: Records, account_type: str) -> Reply:
    now: datetime = records.clock.now().astimezone(records.zone)
    offset = now.utcoffset()
    assert offset is not None, records.zone
    seconds = int(offset.total_seconds())
    sign = "-" if seconds < 0 else "+"
    return Reply(
        status=200,
        data={
            "portalId": records.portal_id,
            "accountType": account_type,
            "timeZone": records.zone.key,
            "companyCurrency": records.currency,
            "additionalCurrencies": [each for each in ("USD", "GBP") if each != records.currency],
            "utcOffset": f"{sign}{abs(seconds) // 3600:02d}:{abs(seconds) % 3600 // 60:02d}",
            "utcOffsetMilliseconds": seconds * 1000,
            "uiDomain": "app-eu1.hubspot.com",
            "dataHostingLocation": "eu1",
        },
    )


def _owner(owner: Owner) -> dict[str, Any]:
    return {
        "id": owner.id,
        "email": owner.email,
        "type": owner.type,
        "firstName": owner.first_name,
        "lastName": owner.last_name,
        "userId": None if owner.is_archived else owner.user_id,
        "userIdIncludingInactive": owner.user_id,
        "createdAt": _MADE_AT,
        "updatedAt": _MADE_AT,
        "archived": owner.is_archived,
        "teams": [{"id": str(at + 1), "name": name, "primary": at == 0} for at, name in enumerate(owner.teams)],
    }


def _pipeline(pipeline: Pipeline, order: int) -> dict[str, Any]:
    live = [each for each in pipeline.stages if not each.is_archived]
    return {
        "id": pipeline.id,
        "label": pipeline.label,
        "displayOrder": order,
        "stages": [_stage(each, at) for at, each in enumerate(live)],
        "createdAt": _MADE_AT,
        "updatedAt": _MADE_AT,
        "archived": pipeline.is_archived,
    }


def _stage(stage: Stage, order: int) -> dict[str, Any]:
    return {
        "id": stage.id,
        "label": stage.label,
        "displayOrder": order,
        "metadata": dict(stage.metadata),
        "createdAt": _MADE_AT,
        "updatedAt": _MADE_AT,
        "archived": stage.is_archived,
        "writePermissions": stage.write_permissions,
    }


def _schema(records: Records, object_type: ObjectType) -> dict[str, Any]:
    links = [
        {
            "id": str(kind.type_id),
            "fromObjectTypeId": records.type_of(kind.from_type).type_id,
            "toObjectTypeId": records.type_of(kind.to_type).type_id,
            "name": kind.name,
            "createdAt": None,
            "updatedAt": None,
        }
        for each in records.types
        for kind in records.links.kinds(object_type.name, each.name)
    ]
    singular = object_type.singular.replace("_", " ").capitalize()
    return {
        "id": object_type.type_id.partition("-")[2],
        "objectTypeId": object_type.type_id,
        "fullyQualifiedName": object_type.fully_qualified_name,
        "name": object_type.name.removeprefix("p_"),
        "labels": {"singular": singular, "plural": f"{singular}s"},
        "primaryDisplayProperty": object_type.primary_display,
        "secondaryDisplayProperties": [],
        "requiredProperties": list(object_type.required),
        "searchableProperties": list(object_type.searchable),
        "properties": [properties.shown(each) for each in object_type.properties.values() if not each.is_archived],
        "associations": links,
        "createdAt": _MADE_AT,
        "updatedAt": _MADE_AT,
        "archived": False,
    }
