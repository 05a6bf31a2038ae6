"""What every answer is made from: the store, the writer, the queries, the limits, the sessions."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.faults import Fault, FaultKind, Faults
from sandbox.salesforce.bulk_jobs import BulkJobs
from sandbox.salesforce.errors import ApiError
from sandbox.salesforce.fields import ObjectDef
from sandbox.salesforce.http import Call
from sandbox.salesforce.limits import Limits
from sandbox.salesforce.oauth import Logins
from sandbox.salesforce.queries import Queries
from sandbox.salesforce.store import Store
from sandbox.salesforce.writes import Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The parts of one org that its REST resources share."""

    store: Store
    writer: Writer
    queries: Queries
    bulk: BulkJobs
    limits: Limits
    logins: Logins
    faults: Faults

    def draw(self, call: Call, kinds: frozenset[FaultKind]) -> Fault | None:
        """Return the fault to apply to a call, out of the kinds that its resource can apply."""
        if self.faults.is_quiet:
            return None
        method, path = call.text.split(" ", 1)
        return self.faults.draw("salesforce", method, path, kinds)

    def shape(self, name: str) -> ObjectDef:
        """Return an object by the name in a path; raise ApiError when the integration user sees none."""
        shape = self.store.shape(name)
        if shape is None:
            raise not_there()
        return shape


def not_there() -> ApiError:
    return ApiError(404, "NOT_FOUND", "The requested resource does not exist")


def not_allowed(method: str) -> ApiError:
    return ApiError(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed.")
