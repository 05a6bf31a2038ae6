"""The connector port for one HubSpot account: holds the pieces and hands each question to the module that answers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from random import Random
from typing import Any, Final

from connectors.hubspot import lookup
from connectors.hubspot.apis import build_apis
from connectors.hubspot.batches import BATCH_ROWS
from connectors.hubspot.check import check
from connectors.hubspot.client import Client
from connectors.hubspot.history import Sources, history
from connectors.hubspot.login import Login
from connectors.hubspot.options import read_options
from connectors.hubspot.owners import OBJECT as OWNERS
from connectors.hubspot.owners import Owners
from connectors.hubspot.portal import Portal
from connectors.hubspot.pull import pull_page
from connectors.hubspot.push import deliver
from connectors.hubspot.source import Source
from connectors.port import (
    CallRecord,
    Capabilities,
    Change,
    Clock,
    ConnectionSettings,
    Delivery,
    Finding,
    Identity,
    Limits,
    Page,
    Row,
    Stamp,
    Write,
)
from rules.errors import InvariantError
from rules.fields import Stream
from rules.mapping import ConnectionMap, StreamMap
from rules.money import Rates

PULL_ORDER: Final = (
    Stream.USERS,
    Stream.COMPANIES,
    Stream.PARTNERS,
    Stream.CONTACTS,
    Stream.OPPORTUNITIES,
    Stream.SUBMISSIONS,
    Stream.OBJECTIONS,
)
_NO_OWNERS: Final = StreamMap(stream=Stream.USERS, object_name=OWNERS, fields={})


class HubSpotConnector:
    """One account. See connectors/port.py for what each method promises."""

    kind = "hubspot"

    def __init__(
        self, settings: ConnectionSettings, mapping: ConnectionMap, *, clock: Clock, transport: Any | None = None
    ) -> None:
        self.name = settings.name
        self._mapping = mapping
        self._options = read_options(settings)
        apis = build_apis(
            self._options.url,
            family=self._options.api,
            transport=transport,
            ca_bundle=self._options.ca_bundle,
            proxy=self._options.proxy,
        )
        # Chance only spreads retries in time, so a seed from the name does: several connections differ, a run repeats.
        rng = Random(settings.name)  # noqa: S311 - no secret depends on it
        login = Login(settings.secrets, connection=settings.name, clock=clock)
        self._client = Client(apis, login, connection=settings.name, pace=self._options.pace, clock=clock, rng=rng)
        self._portal = Portal(self._client)
        self._findings: dict[tuple[str, str], Finding] = {}
        self._ours: Sources = set()
        users = mapping.streams.get(Stream.USERS)
        self._has_owners = users is not None and users.object_name == OWNERS
        self._owners = Owners(self._client, self._portal, users if users and self._has_owners else _NO_OWNERS)
        self._sources = {
            stream: Source(self._client, self._portal, stream_map, currency=self._options.currency, notify=self._notice)
            for stream, stream_map in mapping.streams.items()
            if not self._is_owners(stream)
        }

    @property
    def capabilities(self) -> Capabilities:
        """Return what this CRM can do: no write has a condition, but every property keeps its history."""
        return Capabilities(
            has_conditional_write=False,
            has_history=True,
            tells_who_modified=False,
            write_batch=BATCH_ROWS,
            read_batch=BATCH_ROWS,
            page_rows=self._options.page_rows,
        )

    @property
    def streams(self) -> Sequence[Stream]:
        return tuple(stream for stream in PULL_ORDER if stream in self._mapping.streams)

    def identify(self) -> Identity:
        """Log in and return the portal. A token of an app or a service key stands for no user."""
        account = self._portal.account()
        return Identity(
            account_id=account.portal_id,
            user_id=None,
            time_zone=account.zone_name,
            is_sandbox=account.is_sandbox,
            currency=account.currency,
        )

    def check(self) -> Sequence[Finding]:
        """Return everything that is wrong, and what was noticed while running, each once."""
        found = check(self._client, self._portal, self._owners, self._mapping, self._options)
        return [*found, *(each for key, each in self._findings.items() if key not in {_key(one) for one in found})]

    def pull(self, stream: Stream, cursor: str | None) -> Page:
        if self._is_owners(stream):
            return self._owners.pull(cursor, self._options.lookback)
        return pull_page(
            self._source(stream), cursor, lookback=self._options.lookback, page_rows=self._options.page_rows
        )

    def read(self, stream: Stream, record_ids: Sequence[str], *, owned_only: bool = False) -> Mapping[str, Row | None]:
        if self._is_owners(stream):
            return self._owners.read(record_ids)
        return lookup.read_by_id(self._source(stream), record_ids, owned_only=owned_only)

    def read_by_external_id(self, stream: Stream, keys: Sequence[str]) -> Mapping[str, Row | None]:
        return lookup.read_by_external_id(self._source(stream), keys)

    def push(self, writes: Sequence[Write]) -> Sequence[Delivery]:
        return deliver(self._client, self._sources.get, writes)

    def history(self, stream: Stream, record_ids: Sequence[str], fields: Sequence[str]) -> Sequence[Change]:
        if self._is_owners(stream):
            return ()
        return history(self._source(stream), record_ids, fields, ours=self._ours, find_owner=self._owners.owner_of_user)

    def stamps(self, stream: Stream, cursor: str | None) -> tuple[Iterable[Stamp], str | None]:
        if self._is_owners(stream):
            return self._owners.stamps(cursor)
        return lookup.stamps(self._source(stream), cursor)

    def count(self, stream: Stream) -> int | None:
        """Return how many rows the search index has; None where the stream's filter is more than it can express."""
        if self._is_owners(stream):
            return None
        return self._source(stream).count(purpose="sweep")

    def rates(self, since: date | None) -> Rates | None:
        """Return nothing: a portal's rates are not read; amounts convert by those of the configuration."""
        return None

    def server_time(self) -> datetime | None:
        return self._client.meter.told_at

    def limits(self) -> Limits:
        return self._client.meter.limits()

    def take_calls(self) -> Sequence[CallRecord]:
        return self._client.log.take()

    def take_findings(self) -> Sequence[Finding]:
        """Return what was noticed while running since the last take (a property that is gone)."""
        findings, self._findings = tuple(self._findings.values()), {}
        return findings

    def _is_owners(self, stream: Stream) -> bool:
        return stream is Stream.USERS and self._has_owners

    def _source(self, stream: Stream) -> Source:
        source = self._sources.get(stream)
        if source is None:
            raise InvariantError(f"{self.name}: {stream} is not mapped.")
        return source

    def _notice(self, finding: Finding) -> None:
        self._findings[_key(finding)] = finding


def _key(finding: Finding) -> tuple[str, str]:
    return finding.code, finding.message
