"""The connector port for one Salesforce org: holds the pieces and hands each question to the module that answers it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from random import Random
from typing import Any, Final

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
from connectors.salesforce import lookup
from connectors.salesforce.batches import SIZES, Method
from connectors.salesforce.check import check
from connectors.salesforce.client import Client
from connectors.salesforce.fetch import count
from connectors.salesforce.options import read_options
from connectors.salesforce.organization import Organization, read_organization
from connectors.salesforce.pull import pull_page
from connectors.salesforce.push import deliver
from connectors.salesforce.rates import read_rates
from connectors.salesforce.schema import Schema
from connectors.salesforce.source import Source
from rules.errors import InvariantError, PermanentError, RetryClass
from rules.fields import Stream
from rules.mapping import ConnectionMap
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


class SalesforceConnector:
    """One org. See connectors/port.py for what each method promises."""

    kind = "salesforce"

    def __init__(
        self, settings: ConnectionSettings, mapping: ConnectionMap, *, clock: Clock, transport: Any | None = None
    ) -> None:
        self.name = settings.name
        self._mapping = mapping
        # Chance only spreads retries in time, so a seed from the name does: several connections differ, a run repeats.
        rng = Random(settings.name)  # noqa: S311 - no secret depends on it
        self._client = Client(settings, read_options(settings), clock=clock, rng=rng, transport=transport)
        self._schema = Schema(self._client)
        self._findings: dict[tuple[str, str], Finding] = {}
        self._organization: Organization | None = None
        self._sources = {
            stream: Source(
                self._client,
                self._schema,
                stream_map,
                notify=self._notice,
                org_currency=lambda: self._known_organization().currency,
            )
            for stream, stream_map in mapping.streams.items()
        }

    @property
    def capabilities(self) -> Capabilities:
        """Return what this CRM can do. Field history is a paid add-on with no promise of completeness: not counted on."""
        return Capabilities(
            has_conditional_write=True,
            has_history=False,
            tells_who_modified=True,
            write_batch=SIZES[Method.UPDATE],
            read_batch=lookup.RETRIEVE_MAX,
            page_rows=self._client.options.page_rows,
            has_rates=True,
        )

    @property
    def streams(self) -> Sequence[Stream]:
        return tuple(stream for stream in PULL_ORDER if stream in self._sources)

    def identify(self) -> Identity:
        """Log in and return the org (15 characters), the user, and what the org tells of itself."""
        session = self._client.session()
        organization = self._known_organization()
        account_id = session.org_id or organization.org_id
        if account_id is None:
            raise PermanentError(
                f"{self.name}: neither the login nor the Organization record tells which org answers; nothing is read or "
                "written. Let the integration user see the Organization object.",
                crm=self.name,
                object_name="Organization",
                retry_class=RetryClass.AUTH,
            )
        return Identity(
            account_id=account_id,
            user_id=session.user_id,
            time_zone=organization.time_zone,
            is_sandbox=organization.is_sandbox,
            currency=organization.currency,
        )

    def check(self) -> Sequence[Finding]:
        """Return everything that is wrong, and what was noticed while running, each once."""
        found = check(self._client, self._schema, self._mapping, self._known_organization)
        return [*found, *(each for key, each in self._findings.items() if key not in {_key(one) for one in found})]

    def pull(self, stream: Stream, cursor: str | None) -> Page:
        return pull_page(self._source(stream), cursor)

    def read(self, stream: Stream, record_ids: Sequence[str], *, owned_only: bool = False) -> Mapping[str, Row | None]:
        return lookup.read_by_id(self._source(stream), record_ids)

    def read_by_external_id(self, stream: Stream, keys: Sequence[str]) -> Mapping[str, Row | None]:
        return lookup.read_by_external_id(self._source(stream), keys)

    def push(self, writes: Sequence[Write]) -> Sequence[Delivery]:
        return deliver(self._client, self._mapping.streams, writes)

    def history(self, stream: Stream, record_ids: Sequence[str], fields: Sequence[str]) -> Sequence[Change]:
        """Return nothing: an org keeps field history only where it was bought and switched on, field by field."""
        return ()

    def stamps(self, stream: Stream, cursor: str | None) -> tuple[Iterable[Stamp], str | None]:
        return lookup.stamps(self._source(stream), cursor)

    def count(self, stream: Stream) -> int | None:
        return count(self._source(stream), purpose="sweep", include_deleted=False)

    def rates(self, since: date | None) -> Rates | None:
        """Return the org's rates; without a call where its records have shown to carry no currency."""
        known = [each.has_currency for each in self._sources.values() if each.has_currency is not None]
        return read_rates(self._client, since) if known and all(known) else None

    def server_time(self) -> datetime | None:
        return self._client.wire.server_time

    def limits(self) -> Limits:
        return self._client.wire.limits

    def take_calls(self) -> Sequence[CallRecord]:
        return self._client.wire.calls.take()

    def take_findings(self) -> Sequence[Finding]:
        """Return what was noticed while running since the last take (a hidden field, a bulk job given up)."""
        findings, self._findings = tuple(self._findings.values()), {}
        return findings

    def _source(self, stream: Stream) -> Source:
        source = self._sources.get(stream)
        if source is None:
            raise InvariantError(f"{self.name}: {stream} is not mapped.")
        return source

    def _known_organization(self) -> Organization:
        if self._organization is None:
            self._organization = read_organization(self._client)
        return self._organization

    def _notice(self, finding: Finding) -> None:
        self._findings[_key(finding)] = finding


def _key(finding: Finding) -> tuple[str, str]:
    return finding.code, finding.message
