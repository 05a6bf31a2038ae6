"""What one HubSpot account looks like: portal id, zone, currency, properties, association labels, pipelines.

Looked up when first needed and kept; looked up anew when something is missing, since admins rename and add at any time. A
property that no longer exists is left out of answers without an error, which would look like an emptied field: so the
mapped properties are checked before rows are trusted (`require`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta, timezone, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from connectors.hubspot.client import Client, results_of, understood
from connectors.hubspot.errors import Call, bad_body
from rules.errors import PermanentError, RetryClass

_LOOK_PAUSE_S: Final = 600.0  # between two looks for a stage that is not known
_LOCKED_STAGES: Final = frozenset({"READ_ONLY", "INTERNAL_ONLY"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    portal_id: str
    zone: tzinfo
    zone_name: str | None
    currency: str | None
    is_sandbox: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyFact:
    """One property's definition. options: internal values; empty where they live elsewhere (stages, owners)."""

    name: str
    type: str  # string, number, bool, enumeration, date, datetime; empty where it is not told
    options: frozenset[str]
    is_unique: bool
    is_read_only: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelFact:
    """One kind of association between two object types, in one direction."""

    category: str  # HUBSPOT_DEFINED, USER_DEFINED
    type_id: int
    label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageFact:
    """One stage of a pipeline. is_writable: False where the account lets nobody, or only HubSpot, move records there."""

    is_closed: bool
    is_won: bool
    is_writable: bool


class Portal:
    """The facts of one account, each looked up once."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._account: Account | None = None
        self._properties: dict[str, Mapping[str, PropertyFact]] = {}
        self._labels: dict[tuple[str, str], tuple[LabelFact, ...]] = {}
        self._pipelines: dict[str, Mapping[str, Mapping[str, StageFact]]] = {}
        self._pipelines_at: dict[str, float] = {}
        self._stages: dict[str, Mapping[str, StageFact]] = {}  # archived ones too: records stay in them

    def account(self, *, fresh: bool = False) -> Account:
        """Return which account answers; tells the meter the account's zone, in which its day ends."""
        if self._account is None or fresh:
            call = self._call("account details", "describe")
            data = self._client.read(self._client.apis.account_details, call=call).data
            if not data.get("portalId"):
                raise bad_body("no portal id", call=call, status=200)
            with understood(call):
                self._account = _account(data)
            self._client.meter.zone = self._account.zone
        return self._account

    def properties(self, object_name: str, *, fresh: bool = False) -> Mapping[str, PropertyFact]:
        """Return the properties of an object type by name; archived ones are not among them."""
        if fresh or object_name not in self._properties:
            call = self._call(object_name, "describe")
            answer = self._client.read(self._client.apis.properties.get_all, object_name, archived=False, call=call)
            listed = results_of(answer, call=call)
            with understood(call):
                facts = [_property(each) for each in listed if each.get("name") and not each.get("archived")]
            self._properties[object_name] = {each.name: each for each in facts}
        return self._properties[object_name]

    def forget(self, object_name: str) -> None:
        """Look up the object's labels and pipelines anew when they are needed next: admins change both."""
        self._labels = {pair: kinds for pair, kinds in self._labels.items() if pair[0] != object_name}
        self._pipelines.pop(object_name, None)

    def require(self, object_name: str, names: Collection[str]) -> None:
        """Raise PermanentError when one of these properties is not there, even after a second look."""
        missing = sorted(set(names) - set(self.properties(object_name)))
        if missing:
            missing = sorted(set(names) - set(self.properties(object_name, fresh=True)))
        if missing:
            raise PermanentError(
                f"{self._client.connection} {object_name}: HubSpot has no property {', '.join(missing)}; nothing is read "
                "from this object, since it would look emptied. Create it, or correct the mapping.",
                crm=self._client.connection,
                object_name=object_name,
                fields=missing,
                code="PROPERTY_DOESNT_EXIST",
                retry_class=RetryClass.PERMISSION,
            )

    def labels(self, source: str, target: str, *, fresh: bool = False) -> tuple[LabelFact, ...]:
        """Return the kinds of association from one object type to another; ids differ from account to account."""
        pair = (source, target)
        if fresh or pair not in self._labels:
            call = self._call(f"{source} to {target} association labels", "describe")
            answer = self._client.read(self._client.apis.labels.get_all, source, target, call=call)
            with understood(call):
                self._labels[pair] = tuple(
                    LabelFact(
                        category=str(each.get("category")),
                        type_id=int(each["typeId"]),
                        label=str(each["label"]) if each.get("label") else None,
                    )
                    for each in results_of(answer, call=call)
                    if each.get("typeId") is not None
                )
        return self._labels[pair]

    def find_label(self, source: str, target: str, label: str) -> LabelFact | None:
        """Return the kind of association with this label, looked up anew once when it is not known."""
        wanted = label.casefold()
        for fresh in (False, True):
            for each in self.labels(source, target, fresh=fresh):
                if (each.label or "").casefold() == wanted:
                    return each
        return None

    def require_label(self, source: str, target: str, label: str) -> LabelFact:
        """Return the kind of association with this label; raise PermanentError when the account has none."""
        found = self.find_label(source, target, label)
        if found is None:
            raise PermanentError(
                f"{self._client.connection} {source}: HubSpot has no association label {label!r} to {target}. "
                "Create it (Settings, Objects, Associations), or correct the mapping.",
                crm=self._client.connection,
                object_name=source,
                fields=(f"{target}:{label}",),
                code="LABEL_DOESNT_EXIST",
                retry_class=RetryClass.PERMISSION,
            )
        return found

    def pipelines(self, object_name: str, *, fresh: bool = False) -> Mapping[str, Mapping[str, StageFact]]:
        """Return the live stages of each live pipeline, by pipeline id and stage id."""
        if fresh or object_name not in self._pipelines:
            call = self._call(f"{object_name} pipelines", "describe")
            answer = self._client.read(self._client.apis.pipelines.get_all, object_name, call=call)
            listed = results_of(answer, call=call)
            with understood(call):
                live = [(str(each.get("id")), _stages(each)) for each in listed if not each.get("archived")]
                every = [_stages(each, with_archived=True) for each in listed]
            self._pipelines[object_name] = dict(live)
            self._stages[object_name] = {stage_id: stage for stages in every for stage_id, stage in stages.items()}
            self._pipelines_at[object_name] = self._client.clock.monotonic()
        return self._pipelines[object_name]

    def find_stage(self, object_name: str, stage_id: str) -> StageFact | None:
        """Return a stage by its id, looked up anew when it is not known, though not again within minutes."""
        self.pipelines(object_name)
        is_rested = self._client.clock.monotonic() - self._pipelines_at[object_name] >= _LOOK_PAUSE_S
        if stage_id not in self._stages[object_name] and is_rested:
            self.pipelines(object_name, fresh=True)
        return self._stages[object_name].get(stage_id)

    def custom_objects(self) -> frozenset[str]:
        """Return every name that a custom object answers to: its type id, name and fully qualified names."""
        call = self._call("custom object schemas", "describe")
        answer = self._client.read(self._client.apis.schemas.get_all, archived=False, call=call)
        names: set[str] = set()
        for each in results_of(answer, call=call):
            name = str(each.get("name") or "")
            names |= {str(each.get("objectTypeId") or ""), name, str(each.get("fullyQualifiedName") or "")}
            names.add(name if name.startswith("p_") else f"p_{name}")
        return frozenset(names - {""})

    def _call(self, object_name: str, purpose: str) -> Call:
        return Call(connection=self._client.connection, object_name=object_name, purpose=purpose)


def _account(data: Mapping[str, Any]) -> Account:
    name = data.get("timeZone")
    return Account(
        portal_id=str(data["portalId"]),
        zone=_zone(name, data.get("utcOffsetMilliseconds")),
        zone_name=str(name) if name else None,
        currency=str(data["companyCurrency"]) if data.get("companyCurrency") else None,
        is_sandbox=str(data["accountType"]).upper() != "STANDARD" if data.get("accountType") else None,
    )


def _zone(name: Any, offset_ms: Any) -> tzinfo:
    """Return the account's zone by its name; by its present offset where the name is not known here."""
    try:
        return ZoneInfo(str(name))
    except (ZoneInfoNotFoundError, ValueError):
        return timezone(timedelta(milliseconds=offset_ms)) if isinstance(offset_ms, int) else UTC


def _stage(data: Mapping[str, Any]) -> StageFact:
    """Read a stage; its metadata are texts: isClosed and probability of a deal's, ticketState of a ticket's."""
    metadata = data.get("metadata")
    told = metadata if isinstance(metadata, dict) else {}
    is_closed = str(told.get("isClosed")).lower() == "true" or str(told.get("ticketState")).upper() == "CLOSED"
    try:
        is_certain = float(told.get("probability") or 0) == 1.0
    except ValueError:
        is_certain = False
    permission = str(data.get("writePermissions") or "")
    return StageFact(is_closed=is_closed, is_won=is_closed and is_certain, is_writable=permission not in _LOCKED_STAGES)


def _stages(pipeline: Mapping[str, Any], *, with_archived: bool = False) -> dict[str, StageFact]:
    """Return a pipeline's stages by id."""
    return {
        str(each.get("id")): _stage(each)
        for each in pipeline.get("stages") or ()
        if with_archived or not each.get("archived")
    }


def _property(data: Mapping[str, Any]) -> PropertyFact:
    options = data.get("options")
    metadata = data.get("modificationMetadata")
    return PropertyFact(
        name=str(data["name"]),
        type=str(data.get("type") or ""),
        options=frozenset(
            str(each.get("value")) for each in options or () if isinstance(each, dict) and not each.get("archived")
        ),
        is_unique=data.get("hasUniqueValue") is True,
        is_read_only=bool(data.get("calculated"))
        or (isinstance(metadata, dict) and metadata.get("readOnlyValue") is True),
    )
