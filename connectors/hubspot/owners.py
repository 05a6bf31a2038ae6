"""The users stream: HubSpot's owners, who are listed in full each time because nothing tells which of them changed.

An owner's id is what records carry as hubspot_owner_id; the id of the user behind it is another number and stands in
property histories. Deactivated owners are in a list of their own and records keep pointing at them: it is read at first,
once an hour, and whenever somebody has gone from the list of the active ones. Their change carries no usable time.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

import orjson

from connectors.hubspot.client import Client, next_after, results_of
from connectors.hubspot.cursor import Lookback, from_ms, to_ms
from connectors.hubspot.errors import Call
from connectors.hubspot.portal import Portal
from connectors.hubspot.translate import record_id_text
from connectors.mapping import EPOCH, compile_reader, field_key, parse_instant
from connectors.port import Page, Row, Stamp
from rules.errors import InvariantError, RecordError
from rules.mapping import StreamMap
from rules.records import CrmRef

OBJECT: Final = "owners"
PAGE_ROWS: Final = 100  # the default, and what every version takes
# What a row offers to the mapping besides what HubSpot calls so itself.
FIELDS: Final = frozenset(
    {"id", "email", "firstName", "lastName", "userId", "type", "name", "isActive", "team", "teams"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Where a listing stands. begun_at: CRM time of its first call. is_archived: in the list of the deactivated.

    seen: running hash of the active ids of this pass; known: that of the last complete one. wide_at: when the deactivated
    were last listed.
    """

    mapping: str
    begun_at: datetime | None = None
    is_archived: bool = False
    after: str | None = None
    seen: str = ""
    known: str = ""
    wide_at: datetime | None = None


class Owners:
    """The owners of one account."""

    def __init__(self, client: Client, portal: Portal, stream_map: StreamMap) -> None:
        self._client = client
        self._portal = portal
        self._map = stream_map
        self._read = compile_reader(stream_map, connection=client.connection, normalise_ref=record_id_text)
        self._by_user: dict[str, str] | None = None

    def pull(self, text: str | None, lookback: Lookback) -> Page:
        """Return the next page of the listing after a cursor; a new pass begins where the last one has ended."""
        self._portal.account()
        now = self._client.meter.now()
        mapping = self._fingerprint()
        place = _decode(text) if text is not None else _Place(mapping=mapping)
        if place.mapping != mapping:
            place = _Place(mapping=mapping)
        if place.begun_at is None:
            place = replace(place, begun_at=now)
        raws, after = self._page(place.after, archived=place.is_archived, purpose="pull")
        rows, unreadable = self._rows(raws)
        if not place.is_archived:
            place = replace(place, seen=_hash(place.seen, raws))
        begun_at, place = place.begun_at, _advanced(place, after, lookback)
        is_last = place.begun_at is None
        return Page(
            rows=rows,
            unreadable=unreadable,
            next=_encode(place),
            is_last=is_last,
            covered_until=begun_at if is_last else None,
        )

    def read(self, record_ids: Sequence[str]) -> dict[str, Row | None]:
        """Return the owners by id, deactivated ones included."""
        found = {row.ref.record_id: row for row in self._rows(self.all(purpose="read"))[0]}
        return {each: found.get(each) for each in record_ids}

    def stamps(self, cursor: str | None) -> tuple[list[Stamp], str | None]:
        """Return one page of all owners, the active ones first, and the cursor of the next page."""
        list_name, _, after = (cursor or "active:").partition(":")
        raws, following = self._page(after or None, archived=list_name == "archived", purpose="sweep")
        page = [Stamp(record_id=str(each.get("id")), modified_at=_modified_at(each)) for each in raws]
        if following is not None:
            return page, f"{list_name}:{following}"
        return page, "archived:" if list_name == "active" else None

    def all(self, *, purpose: str) -> list[dict[str, Any]]:
        """Return every owner as HubSpot gives it."""
        raws: list[dict[str, Any]] = []
        for archived in (False, True):
            after: str | None = None
            while True:
                some, following = self._page(after, archived=archived, purpose=purpose)
                raws += some
                if following is None or following == after:
                    break
                after = following
        return raws

    def owner_of_user(self, user_id: str) -> str | None:
        """Return the owner id of a user id, as histories name users; the owners are listed once for it."""
        if self._by_user is None:
            self._by_user = {
                str(user): str(each.get("id"))
                for each in self.all(purpose="history")
                if (user := each.get("userId") or each.get("userIdIncludingInactive")) is not None
            }
        return self._by_user.get(user_id)

    def _page(self, after: str | None, *, archived: bool, purpose: str) -> tuple[list[dict[str, Any]], str | None]:
        call = Call(connection=self._client.connection, object_name=OBJECT, purpose=purpose)
        options: dict[str, Any] = {"limit": PAGE_ROWS, "archived": archived}
        if after is not None:
            options["after"] = after
        answer = self._client.read(self._client.apis.owners.get_page, call=call, **options)
        raws = results_of(answer, call=call)
        self._client.log.amend(rows=len(raws))
        return [{**each, "archived": archived or each.get("archived") is True} for each in raws], next_after(answer)

    def _rows(self, raws: Sequence[Mapping[str, Any]]) -> tuple[list[Row], list[RecordError]]:
        rows: list[Row] = []
        unreadable: list[RecordError] = []
        for raw in raws:
            try:
                rows.append(self._row(raw))
            except RecordError as error:
                unreadable.append(error)
        return rows, unreadable

    def _row(self, raw: Mapping[str, Any]) -> Row:
        record_id = str(raw.get("id") or "")
        return Row(
            ref=CrmRef(self._client.connection, self._map.object_name, record_id),
            stream=self._map.stream,
            created_at=_instant(raw.get("createdAt")),
            modified_at=_modified_at(raw),
            values=self._read(_offered(raw), record_id),
        )

    def _fingerprint(self) -> str:
        fields = sorted(f"{each.name}={field_key(each)}" for each in self._map.fields.values())
        return hashlib.sha256("\n".join(fields).encode()).hexdigest()[:12]


def _advanced(place: _Place, after: str | None, lookback: Lookback) -> _Place:
    """Return where the listing goes on after a page, with begun_at None when it is complete."""
    assert place.begun_at is not None, place
    if after is not None:
        if after == place.after:
            raise InvariantError(f"hubspot: the list of {OBJECT} was paged without getting any further.")
        return replace(place, after=after)
    if not place.is_archived:
        is_due = place.wide_at is None or not place.begun_at - place.wide_at < lookback.wide_every
        if is_due or place.seen != place.known:
            return replace(place, is_archived=True, after=None)
    wide_at = place.begun_at if place.is_archived else place.wide_at
    return _Place(mapping=place.mapping, known=place.seen, wide_at=wide_at)


def _offered(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return an owner as the mapping may name it: HubSpot's own fields, and what is made of them."""
    names = [str(raw[key]) for key in ("firstName", "lastName") if raw.get(key)]
    told = raw.get("teams")
    teams = [each for each in told if isinstance(each, dict)] if isinstance(told, list) else []
    primary = next((each for each in teams if each.get("primary") is True), teams[0] if teams else {})
    plain = {key: raw.get(key) for key in ("id", "email", "firstName", "lastName", "userId", "type")}
    return {
        **plain,
        "name": " ".join(names),
        "isActive": raw.get("archived") is not True,
        "team": primary.get("name"),
        "teams": [str(each.get("name")) for each in teams],
    }


def _modified_at(raw: Mapping[str, Any]) -> datetime:
    return _instant(raw.get("updatedAt")) or _instant(raw.get("createdAt")) or EPOCH


def _instant(text: Any) -> datetime | None:
    try:
        return parse_instant(str(text)) if text else None
    except ValueError:
        return None


def _hash(seen: str, raws: Sequence[Mapping[str, Any]]) -> str:
    ids = ",".join(str(each.get("id")) for each in raws)
    return hashlib.sha256(f"{seen},{ids}".encode()).hexdigest()[:16]


def _encode(place: _Place) -> str:
    data = {
        "v": 1,
        "mapping": place.mapping,
        "begun": None if place.begun_at is None else to_ms(place.begun_at),
        "archived": place.is_archived,
        "after": place.after,
        "seen": place.seen,
        "known": place.known,
        "wide": None if place.wide_at is None else to_ms(place.wide_at),
    }
    return orjson.dumps(data).decode()


def _decode(text: str) -> _Place:
    try:
        data = orjson.loads(text)
        if data["v"] != 1:
            raise ValueError("unknown version")
        return _Place(
            mapping=data["mapping"],
            begun_at=None if data["begun"] is None else from_ms(data["begun"]),
            is_archived=data["archived"],
            after=data["after"],
            seen=data["seen"],
            known=data["known"],
            wide_at=None if data["wide"] is None else from_ms(data["wide"]),
        )
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise InvariantError(f"hubspot: this is no cursor of ours: {text[:80]!r}. Start a new first read.") from error
