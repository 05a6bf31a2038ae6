"""One simulated HubSpot portal: the door for people, workflows, worlds and tests; `app` is the door for API clients.

Both doors work on the same records and share one lock. What people write here is checked like any other value, stamped with
the portal's clock, shown in the property history under their name, and met by workflows.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from connectors.port import Clock
from sandbox.faults import Faults
from sandbox.generated import Generated
from sandbox.hubspot.app import App
from sandbox.hubspot.limits import Limits, Meter
from sandbox.hubspot.links import Maker
from sandbox.hubspot.oauth import Tokens
from sandbox.hubspot.properties import define
from sandbox.hubspot.records import Change, Hook, Records, Rule
from sandbox.hubspot.rows import Row, raw_row
from sandbox.hubspot.schema import LinkType, Owner, Property
from sandbox.hubspot.table import Finder, Table

PORTAL_ID: Final = 26_112_007

__all__ = ["PORTAL_ID", "Change", "Hook", "Portal", "Rule"]


class Portal:
    """A portal with the reference schema.

    app: the portal as a WSGI application. login: access_token for a private app or service key; client_id, client_secret and
    refresh_token for OAuth: hand a client either the one or the three. limits, records, app, tokens: what a test may set
    (limits.switch_off(), records.index_lag_s, app.scopes, app.migrating_s, tokens.is_uninstalled ...). lock: held for the
    length of each call; whoever works on the records by another way than these methods holds it too.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        faults: Faults,
        seed: int = 1,
        portal_id: int = PORTAL_ID,
        time_zone: str = "Europe/Berlin",
        currency: str = "EUR",
    ) -> None:
        rng = Random(f"hubspot-{seed}")
        zone = ZoneInfo(time_zone)
        self.portal_id = portal_id
        self.limits = Limits()
        self.tokens = Tokens(rng)
        self.records = Records(clock=clock, faults=faults, portal_id=portal_id, zone=zone, currency=currency)
        self.lock = threading.RLock()
        self.app = App(self.records, self.tokens, Meter(self.limits, zone), self.lock, rng)

    @property
    def login(self) -> dict[str, str]:
        return dict(self.tokens.login)

    @property
    def calls(self) -> int:
        """Return how many requests came in, refused ones included."""
        return self.app.calls

    def seed(self, object_type: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Add rows as they are: {"id", "properties", "createdAt", "updatedAt", "archived"}, times aware."""
        with self.lock:
            self.records.table(object_type).seed(rows)

    def seed_generated(
        self, object_type: str, source: Generated, *, finders: Mapping[str, Finder] | None = None
    ) -> None:
        """Lay generated rows under the written ones.

        finders: per unique property, which generated row may hold a value; without one, all rows are looked through when
        such a value is first asked for.
        """
        with self.lock:
            self.records.table(object_type).seed_generated(source, finders or {})

    def seed_owners(self, owners: Iterable[Mapping[str, Any]]) -> None:
        """Add owners: {"id", "email", "userId", "firstName", "lastName", "archived", "teams": [name]}."""
        with self.lock:
            for each in owners:
                owner_id = str(each["id"])
                self.records.owners[owner_id] = Owner(
                    id=owner_id,
                    user_id=int(each.get("userId") or int(owner_id) + 9_000_000),
                    email=str(each.get("email") or "").lower(),
                    first_name=str(each.get("firstName") or ""),
                    last_name=str(each.get("lastName") or ""),
                    teams=tuple(each.get("teams") or ()),
                    is_archived=bool(each.get("archived")),
                )

    def archive_owner(self, owner_id: str, *, archived: bool = True) -> None:
        """Deactivate a user; records keep pointing at them."""
        with self.lock:
            self.records.owners[owner_id].is_archived = archived

    def seed_associations(self, from_type: str, to_type: str, maker: Maker) -> None:
        """Make links on demand: maker(from id) gives [(to id, [type ids or labels])]; an empty list is the plain kind.

        It speaks for one direction; give another one for the way back.
        """
        with self.lock:
            self.records.links.generate(self._name(from_type), self._name(to_type), maker)

    def create(
        self,
        object_type: str,
        properties: Mapping[str, Any],
        *,
        by: str,
        associations: Sequence[tuple[str, str, str | None]] = (),
    ) -> str:
        """Create a record and return its id. associations: (to type, to id, label or None).

        by: an owner id or e-mail address, "workflow:NAME", "form:NAME", "import", "salesforce".
        """
        with self.lock:
            row = self.records.create(self._table(object_type), properties, by=by)
            for to_type, to_id, label in associations:
                self.associate(object_type, row.key, to_type, to_id, label=label, by=by)
            self.records.settle()
            return row.key

    def update(self, object_type: str, record_id: str, properties: Mapping[str, Any], *, by: str) -> None:
        """Write properties of a live record."""
        with self.lock:
            table, row = self._live(object_type, record_id)
            self.records.update(table, row, properties, by=by)
            self.records.settle()

    def archive(self, object_type: str, record_id: str, *, by: str = "") -> None:
        with self.lock:
            table, row = self._live(object_type, record_id)
            self.records.archive(table, row)

    def restore(self, object_type: str, record_id: str, *, by: str = "") -> None:
        """Bring an archived record back, links included."""
        with self.lock:
            table = self._table(object_type)
            row = table.archived.get(int(record_id))
            if row is None:
                raise KeyError(f"{object_type} {record_id} is not archived")
            table.restore(row, now_ms=self.records.now_ms())

    def purge(self, object_type: str, record_id: str) -> None:
        """Remove an archived record for good, as HubSpot does after 90 days."""
        with self.lock:
            table = self._table(object_type)
            row = table.archived.get(int(record_id))
            if row is None:
                raise KeyError(f"{object_type} {record_id} is not archived")
            table.purge(row)

    def archive_stage(self, object_type: str, stage_id: str) -> None:
        """Remove a stage from its pipeline; records that are in it stay there."""
        with self.lock:
            for pipeline in self.records.pipelines[self._name(object_type)]:
                for stage in pipeline.stages:
                    stage.is_archived = stage.is_archived or stage.id == stage_id

    def merge(self, object_type: str, winner: str, loser: str, *, by: str) -> str:
        """Merge two records and return the id of the result: a new one, unless records.merges_make_new_ids is off."""
        with self.lock:
            table, first = self._live(object_type, winner)
            row = self.records.merge(table, first, self._live(object_type, loser)[1], by=by)
            self.records.settle()
            return row.key

    def associate(
        self, from_type: str, from_id: str, to_type: str, to_id: str, *, label: str | None, by: str = ""
    ) -> None:
        """Link two records under a label ("Primary" too), or plainly."""
        with self.lock:
            self.records.link(self._kind(from_type, to_type, label), int(from_id), int(to_id), by=by)
            self.records.settle()

    def dissociate(
        self, from_type: str, from_id: str, to_type: str, to_id: str, *, label: str | None, by: str = ""
    ) -> None:
        """Take a label away; without a label, take the whole link away."""
        with self.lock:
            self.records.links.remove(self._kind(from_type, to_type, label), int(from_id), int(to_id))

    def associations(self, from_type: str, from_id: str, to_type: str) -> list[tuple[str, list[str]]]:
        """Return what a record is linked to: [(to id, sorted labels)], the plain kind not told."""
        with self.lock:
            source, target = self._name(from_type), self._name(to_type)
            labels = {kind.key: kind.label for kind in self.records.links.kinds(source, target)}
            linked = self.records.links.of(source, int(from_id), target)
            return [
                (str(to_id), sorted(label for key in linked[to_id] if (label := labels[key]) is not None))
                for to_id in sorted(linked)
                if self._table(to_type).live.has(to_id)
            ]

    def get(self, object_type: str, record_id: str) -> dict[str, Any] | None:
        """Return a record as it is now, archived or not; None when there is none or it was merged away."""
        with self.lock:
            table = self._table(object_type)
            row = table.find(int(record_id)) or table.archived.get(int(record_id))
            return None if row is None else raw_row(row)

    def rows(self, object_type: str, archived: bool = False) -> Iterator[dict[str, Any]]:
        """Yield all records in the order of ids. The portal must not be written to meanwhile."""
        return map(raw_row, self._table(object_type).rows(archived=archived))

    def count(self, object_type: str, archived: bool = False) -> int:
        with self.lock:
            table = self._table(object_type)
            return len(table.archived if archived else table.live)

    def history(self, object_type: str, record_id: str, name: str) -> list[dict[str, Any]]:
        """Return the values a property has had, newest first."""
        with self.lock:
            table, row = self._live(object_type, record_id)
            return [each.shown() for each in table.history.of(row, name)]

    def on_write(self, hook: Callable[[Change], None]) -> None:
        """Call a workflow after each write; what it writes itself (by="workflow:NAME") starts no workflow."""
        with self.lock:
            self.records.hooks.append(hook)

    def add_rule(self, rule: Rule) -> None:
        """Add an admin's validation rule; the paths of 2026-09 and later enforce it."""
        with self.lock:
            self.records.rules.append(rule)

    def add_property(self, object_type: str, prop: Property) -> None:
        """Define a property of the account's own, as an administrator does."""
        with self.lock:
            define(self._table(object_type), replace(prop, is_own=True))

    def _table(self, object_type: str) -> Table:
        return self.records.table(object_type)

    def _name(self, object_type: str) -> str:
        return self.records.type_of(object_type).name

    def _kind(self, from_type: str, to_type: str, label: str | None) -> LinkType:
        kind = self.records.links.kind(self._name(from_type), self._name(to_type), label)
        if kind is None:
            raise KeyError(f"{from_type} and {to_type} cannot be associated as {label!r}")
        return kind

    def _live(self, object_type: str, record_id: str) -> tuple[Table, Row]:
        table = self._table(object_type)
        row = table.find(table.resolve(int(record_id)))
        if row is None:
            raise KeyError(f"{object_type} {record_id} is archived or was never there")
        return table, row
