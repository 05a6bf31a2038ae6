"""One mapped stream as the account shows it: which properties to ask for, and how raw rows become Rows with their links.

Knows what to do when a property disappears: an optional one is left out with a notice, any other one stops the stream,
because HubSpot leaves a deleted property out of its answers without a word, and every record would look emptied. Asking for
rows is the callers' business (pull.py, lookup.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from connectors.hubspot.associations import Associations, Links
from connectors.hubspot.client import Client
from connectors.hubspot.portal import Portal, PropertyFact
from connectors.hubspot.records import Raw, Records
from connectors.hubspot.translate import Translator, pushed_down
from connectors.mapping import OPTIONAL, field_key
from connectors.port import Finding, Row, Severity
from rules.errors import RecordError
from rules.mapping import StreamMap

DOUBT_PAUSE_S: Final = 600.0  # between two looks at the properties that an odd page may give cause for


class Source:
    """One stream of one connection. Holds what was learnt of the account while it runs: its zone, dropped properties."""

    def __init__(
        self,
        client: Client,
        portal: Portal,
        stream_map: StreamMap,
        *,
        currency: str | None,
        notify: Callable[[Finding], None],
    ) -> None:
        self.client = client
        self.portal = portal
        self.stream_map = stream_map
        self.object_name = stream_map.object_name
        self.records = Records(client, stream_map.object_name)
        self.links = Associations(client, portal, stream_map)
        self._currency = currency
        self._notify = notify
        self._dropped: frozenset[str] = frozenset()
        self._checked_at: float | None = None
        self._translator: Translator | None = None
        self._writer: Translator | None = None
        self._properties: tuple[str, ...] = ()

    @property
    def translator(self) -> Translator:
        """Return the reader of this stream's rows; `prepare` comes first."""
        assert self._translator is not None, "prepare() comes first"
        return self._translator

    @property
    def writer(self) -> Translator:
        """Return the writer of this stream's rows, for every mapped field; `prepare` comes first."""
        assert self._writer is not None, "prepare() comes first"
        return self._writer

    @property
    def properties(self) -> tuple[str, ...]:
        """Return the properties to ask for; `prepare` comes first."""
        assert self._properties, "prepare() comes first"
        return self._properties

    @property
    def facts(self) -> Mapping[str, PropertyFact]:
        """Return the definitions of the object's properties."""
        return self.portal.properties(self.object_name)

    @property
    def fingerprint(self) -> str:
        """Return a short hash of what is read: when the mapping changes, the stream is read anew."""
        fields = sorted(f"{each.name}={field_key(each)}" for each in self.stream_map.fields.values())
        where = [f"{each.field} {each.compare} {','.join(each.values)}" for each in self.stream_map.where]
        text = "\n".join([self.object_name, *where, *fields])
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def prepare(self, *, fresh: bool = False) -> None:
        """Learn the account's zone and the object's properties, once or anew; the mapped ones must be there.

        Raises PermanentError naming the essential properties that are missing.
        """
        if self._translator is not None and not fresh:
            return
        if fresh:
            self.portal.forget(self.object_name)
        account = self.portal.account()
        facts = self.portal.properties(self.object_name, fresh=fresh)
        self._drop_missing(facts)
        kept = {name: field for name, field in self.stream_map.fields.items() if name not in self._dropped}
        reads, writes = (
            Translator(
                stream_map,
                connection=self.client.connection,
                zone=account.zone,
                currency=self._currency or account.currency,
                find_stage=partial(self.portal.find_stage, self.object_name),
            )
            for stream_map in (replace(self.stream_map, fields=kept), self.stream_map)
        )
        self.portal.require(self.object_name, reads.needed)
        self._properties = tuple(each for each in reads.properties if each in self.facts)
        self._translator, self._writer = reads, writes
        self._checked_at = self.client.clock.monotonic()

    def count(self, *, purpose: str) -> int | None:
        """Return how many live rows the index has; None where the stream's filter is more than a search can express."""
        filters = pushed_down(self.stream_map.where)
        if len(filters) < len(self.stream_map.where):
            return None
        return self.records.total(filters, purpose=purpose)

    def rows(self, raws: Sequence[Raw], *, purpose: str) -> tuple[list[Row], list[RecordError]]:
        """Return the rows of this stream among raw ones, tombstones of what was merged into them, and unreadable ones."""
        self._doubt(raws)
        translator = self.translator
        wanted = [raw for raw in raws if translator.matches(raw)]
        links = self._links(wanted, purpose=purpose)
        rows: list[Row] = []
        unreadable: list[RecordError] = []
        for raw in wanted:
            try:
                row = translator.row(raw, links.get(str(raw.get("id")), {}))
            except RecordError as error:
                unreadable.append(error)
                continue
            rows.append(row)
            rows += translator.merged_away(row, raw)
        return rows, unreadable

    def partial_rows(self, raws: Sequence[Raw], *, purpose: str, owned_only: bool = False) -> list[Row]:
        """Return raw rows as Rows without the values that cannot be read: the pull reports those.

        owned_only: without links too, where none of them is the ledger's.
        """
        if owned_only and not self.links.has_owned:
            unasked = {field_key(each) for each in self.links.fields}
            return [self._partial_row(raw, {}, unasked) for raw in raws]
        links = self._links(raws, purpose=purpose)
        return [self._partial_row(raw, links.get(str(raw.get("id")), {})) for raw in raws]

    def _partial_row(self, raw: Raw, links: Links, unasked: Collection[str] = ()) -> Row:
        without = set(unasked)
        while True:
            try:
                return self.translator.row(raw, links, without=without)
            except RecordError as error:
                if error.field is None or error.field in without:
                    raise
                without.add(error.field)

    def _links(self, raws: Iterable[Mapping[str, Any]], *, purpose: str) -> dict[str, Links]:
        """Return the links of the live rows; those of archived ones are gone with them."""
        if not self.links.fields:
            return {}
        live = [str(raw["id"]) for raw in raws if raw.get("id") and raw.get("archived") is not True]
        return self.links.read(live, purpose=purpose)

    def _drop_missing(self, facts: Mapping[str, PropertyFact]) -> None:
        optional = OPTIONAL.get(self.stream_map.stream, frozenset())
        missing = {
            name: field
            for name, field in self.stream_map.fields.items()
            if name in optional and field.crm_field is not None and field.crm_field not in facts
        }
        for name, field in missing.items():
            if name not in self._dropped:
                self._notify(
                    Finding(
                        connection=self.client.connection,
                        severity=Severity.WARNING,
                        code="field_missing",
                        message=f"{self.object_name} has no property {field.crm_field}; {name} is left out.",
                        advice="Create the property, or remove it from the mapping.",
                        place=str(field.place),
                    )
                )
        self._dropped = frozenset(missing)

    def _doubt(self, raws: Sequence[Raw]) -> None:
        """Look at the properties again when a page makes one of them look deleted.

        An empty property comes as null or not at all, a deleted one never comes. A page that shows nulls, but not one of
        the properties in any row, is worth a look.
        """
        shown = [raw.get("properties") or {} for raw in raws if raw.get("archived") is not True]
        told = {name for each in shown for name in each}
        has_nulls = any(value is None for each in shown for value in each.values())
        assert self._checked_at is not None
        is_rested = self.client.clock.monotonic() - self._checked_at >= DOUBT_PAUSE_S
        if has_nulls and is_rested and not told.issuperset(self.translator.mapped):
            self.prepare(fresh=True)
