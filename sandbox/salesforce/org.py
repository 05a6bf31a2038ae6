"""One simulated Salesforce org: what a world, its people and its workflows hold in hand, and the door for clients.

People act without the API's field rights and count no calls; every rule of a save holds for them too, so their writes may
raise RowError. One lock guards all of it, so an org may be used from several threads.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import chain
from random import Random
from typing import Any, Final
from wsgiref.types import WSGIApplication

from connectors.port import Clock
from sandbox.faults import Faults
from sandbox.generated import Generated
from sandbox.salesforce.app import App
from sandbox.salesforce.bulk_jobs import BulkJobs
from sandbox.salesforce.duplicates import DuplicateRule
from sandbox.salesforce.engine import Engine
from sandbox.salesforce.fields import ObjectDef
from sandbox.salesforce.furnish import first_rows
from sandbox.salesforce.ids import checked, full_id, make_id
from sandbox.salesforce.limits import Limits
from sandbox.salesforce.oauth import Logins, private_key
from sandbox.salesforce.queries import Queries
from sandbox.salesforce.reference import build_objects
from sandbox.salesforce.rules import Automation, ValidationRule
from sandbox.salesforce.store import Store
from sandbox.salesforce.writes import Writer

ORG_ID: Final = checked("00D7Q00000SBX01")
CURRENCIES: Final = ("USD", "EUR", "GBP", "JPY")
_INTEGRATION_NUMBER: Final = 62**6 - 1  # below the ids that the org gives, above those of a world


class Org:
    """An org with the reference schema, its stages, its currencies and one integration user.

    currencies: ISO codes, the corporate one first; with a single one no record carries a currency. has_dated_rates: the org
    has advanced currency management; its rates then are those of set_rate().
    """

    def __init__(
        self,
        *,
        clock: Clock,
        faults: Faults,
        seed: int = 1,
        org_id: str = ORG_ID,
        currencies: Sequence[str] = CURRENCIES,
        is_sandbox: bool = False,
        has_dated_rates: bool = False,
    ) -> None:
        known = full_id(org_id)
        assert known is not None and known.startswith("00D"), f"{org_id!r} is no org id"
        self.org_id = known
        user_id = make_id("005", _INTEGRATION_NUMBER)
        objects = build_objects(currencies, has_dated_rates=has_dated_rates)
        self._store = Store(objects, clock)
        self._writer = Writer(self._store, faults)
        queries = Queries(self._store)
        self._limits = Limits(clock)
        self._logins = Logins(clock, org_id=known, user_id=user_id, rng=Random(f"salesforce {seed}"))
        self._bulk = BulkJobs(self._store, queries)
        engine = Engine(
            store=self._store,
            writer=self._writer,
            queries=queries,
            bulk=self._bulk,
            limits=self._limits,
            logins=self._logins,
            faults=faults,
        )
        self._lock = threading.RLock()
        self.app: WSGIApplication = App(engine, self._lock)
        rows = first_rows(
            now=self._store.now(),
            org_id=known,
            user_id=user_id,
            username=self._logins.username,
            currencies=currencies,
            is_sandbox=is_sandbox,
        )
        for name, given in rows.items():
            self.seed(name, given)

    @property
    def user_id(self) -> str:
        """Return the integration user: who the API writes as."""
        return self._logins.user_id

    @cached_property
    def login(self) -> dict[str, str]:
        """Return what a client needs to log in, by either flow."""
        return {
            "client_id": self._logins.client_id,
            "client_secret": self._logins.client_secret,
            "username": self._logins.username,
            "private_key": private_key(),
            "user_id": self.user_id,
        }

    @property
    def calls(self) -> int:
        """Return how many API calls the org has counted since it was made."""
        return self._limits.total

    @property
    def daily_limit(self) -> int:
        return self._limits.daily_limit

    @daily_limit.setter
    def daily_limit(self, calls: int) -> None:
        self._limits.daily_limit = calls

    @property
    def logins(self) -> Logins:
        """Return the connected app: sessions, their life, how often a login was asked for."""
        return self._logins

    @property
    def bulk(self) -> BulkJobs:
        """Return the bulk jobs, to make them slow or fail."""
        return self._bulk

    @property
    def validation_rules(self) -> list[ValidationRule]:
        """Return the rules a save must keep; add to the list. None at first."""
        return self._writer.rules

    @property
    def duplicate_rules(self) -> list[DuplicateRule]:
        """Return the rules that refuse look-alikes written by the API; add to the list. None at first."""
        return self._writer.duplicate_rules

    @property
    def automations(self) -> list[Automation]:
        """Return what runs after each save and may set fields; add to the list. None at first."""
        return self._writer.automations

    def seed(self, object_name: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """Put rows as if they had always been there, system fields included. Rules are not applied."""
        with self._lock:
            self._store.tables[object_name].seed(rows)
            if object_name == "OpportunityStage":
                self._store.stages |= {row["ApiName"]: row for row in self._store.tables[object_name].by_id()}

    def seed_generated(self, object_name: str, source: Generated) -> None:
        """Lay generated rows below those that are written. They are live and hold nothing in unique fields."""
        with self._lock:
            self._store.tables[object_name].seed_generated(source)

    def create(self, object_name: str, fields: Mapping[str, Any], *, by: str) -> str:
        """Create a record as a person or a workflow and return its id. by: a user's id."""
        with self._lock:
            return self._writer.create(self._shape(object_name), fields, by=by)

    def update(self, object_name: str, record_id: str, fields: Mapping[str, Any], *, by: str) -> None:
        with self._lock:
            self._writer.update(self._shape(object_name), _known(record_id), fields, by=by)

    def automate(self, object_name: str, record_id: str, fields: Mapping[str, Any]) -> None:
        """Change a record as a recalculation does: only SystemModstamp moves."""
        with self._lock:
            self._writer.automate(self._shape(object_name), _known(record_id), fields)

    def delete(self, object_name: str, record_id: str, *, by: str) -> None:
        """Move a record to the bin."""
        with self._lock:
            self._writer.delete(self._shape(object_name), _known(record_id), by=by)

    def undelete(self, object_name: str, record_id: str, *, by: str) -> None:
        with self._lock:
            self._writer.undelete(self._shape(object_name), _known(record_id), by=by)

    def purge(self, object_name: str, record_id: str) -> None:
        """Take a record away without trace, as a hard delete does."""
        with self._lock:
            self._store.tables[object_name].remove(_known(record_id))

    def merge(self, object_name: str, winner_id: str, loser_id: str, *, by: str) -> None:
        """Merge the loser into the winner: Account, Contact or Lead."""
        with self._lock:
            self._writer.merge(self._shape(object_name), _known(winner_id), _known(loser_id), by=by)

    def get(self, object_name: str, record_id: str) -> dict[str, Any] | None:
        """Return a copy of a record with all that was saved, visible or not, deleted or not."""
        with self._lock:
            row = self._store.tables[object_name].newest(_known(record_id))
            return None if row is None else dict(row)

    def set_rate(self, currency: str, per_corporate: float, *, since: date | None = None) -> None:
        """Enter a rate as an administrator does. since: for a dated rate; None: today's rate of CurrencyType."""
        object_name = "DatedConversionRate" if since is not None else "CurrencyType"
        given = {"IsoCode": currency, "ConversionRate": per_corporate} | (
            {"StartDate": since.isoformat()} if since else {}
        )
        key = given.keys() - {"ConversionRate"}
        same = [row for row in self.rows(object_name) if all(row[name] == given[name] for name in key)]
        with self._lock:
            if same:
                self._writer.update(self._shape(object_name), same[0]["Id"], given, by=self.user_id)
            else:
                self._writer.create(self._shape(object_name), given, by=self.user_id)

    def conversion_rates(self) -> list[dict[str, Any]]:
        """Return the rates that hold, dated where the org dates them: IsoCode, StartDate, ConversionRate, IsCorporate."""
        if "CurrencyType" not in self._store.tables:
            return []
        current = [{**row, "StartDate": None} for row in self.rows("CurrencyType")]
        if "DatedConversionRate" not in self._store.tables:
            return current
        corporate = [row for row in current if row["IsCorporate"]]
        return corporate + [{**row, "IsCorporate": False} for row in self.rows("DatedConversionRate")]

    def rows(self, object_name: str, *, include_deleted: bool = False) -> Iterator[dict[str, Any]]:
        """Return copies of an object's records in the order of ids, with all that was saved."""
        with self._lock:
            table = self._store.tables[object_name]
            new = [record_id for record_id in table.pending() if table.seen(record_id) is None]
            ids = chain(table.ids(), new)
        for record_id in ids:
            row = self.get(object_name, record_id)
            if row is not None and (include_deleted or not row.get("IsDeleted")):
                yield row

    def count(self, object_name: str) -> int:
        """Return how many live records everybody sees."""
        with self._lock:
            self._store.settle()
            return self._store.tables[object_name].count(None, None, include_deleted=False)

    def find(self, object_name: str, field: str, value: str) -> str | None:
        """Return the live record that holds a value in a unique field."""
        with self._lock:
            return self._store.tables[object_name].holder(field, value)

    def restrict(self, object_name: str, field: str, *, hidden: bool = False, read_only: bool = False) -> None:
        """Set field-level security of one field for the integration user; without arguments all is allowed again."""
        with self._lock:
            self._store.restrict(object_name, field, hidden=hidden, read_only=read_only)

    def hide_object(self, object_name: str, *, hidden: bool = True) -> None:
        """Take an object from the integration user, or give it back."""
        with self._lock:
            if hidden:
                self._store.hidden_objects.add(object_name)
            else:
                self._store.hidden_objects.discard(object_name)

    def change_field(self, object_name: str, field: str, **changes: Any) -> None:
        """Change or add a field as an administrator does. changes: see FieldDef."""
        with self._lock:
            self._store.change_field(object_name, field, **changes)

    def remove_field(self, object_name: str, field: str) -> None:
        with self._lock:
            self._store.remove_field(object_name, field)

    def _shape(self, name: str) -> ObjectDef:
        return self._store.objects[name]


def _known(record_id: str) -> str:
    known = full_id(record_id)
    if known is None:
        raise ValueError(f"{record_id!r} is no record id")
    return known
