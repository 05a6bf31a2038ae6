"""Call Salesforce through simple-salesforce: log in, renew once, translate every failure.

The library is used in its "direct" mode, with a token of ours and a session of ours (transport.py), so that it never logs
in by itself. A 401 of any shape leads to one new login and one repetition of the same call, headers included; a second 401
is a refusal. Reads are repeated when a repetition may help; writes never are.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import orjson
import requests
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import SalesforceError
from simple_salesforce.util import exception_handler
from urllib3.exceptions import NameResolutionError, NewConnectionError

from connectors.http import repeat_read
from connectors.port import Clock, ConnectionSettings
from connectors.salesforce.errors import call_error, read_fault
from connectors.salesforce.login import Session, log_in
from connectors.salesforce.options import Flow, Options
from connectors.salesforce.transport import Wire, make_session
from connectors.unanswered import is_unreached, unreached_words, why_unanswered
from rules.errors import DealError, PermanentError, RetryClass, TransientError

T = TypeVar("T")

SKEW_MAX: Final = timedelta(seconds=30)  # a JWT dated further off than this is worth dating again
_NOT_REPEATED: Final = frozenset({"QUERY_TIMEOUT"})  # took two minutes, and would again: ask for less instead
_HEADERS: Final = {"Sforce-Call-Options": "client=Registrar"}


class Client:
    """One org's REST API. Holds the session; everything else is handed in and out."""

    def __init__(
        self,
        settings: ConnectionSettings,
        options: Options,
        *,
        clock: Clock,
        rng: Random,
        transport: requests.Session | None = None,
    ) -> None:
        self.connection = settings.name
        self.options = options
        self.clock = clock
        self.rng = rng
        self.wire = Wire(settings.name, clock)
        self._secrets = dict(settings.secrets)
        self._http = make_session(options, self.wire, transport)
        self._session: Session | None = None
        self._org_id: str | None = None  # of the first login
        self._library: Salesforce | None = None

    def session(self) -> Session:
        """Return the present login, logging in if there is none."""
        if self._session is None:
            self._log_in()
        assert self._session is not None
        return self._session

    def crm_now(self) -> datetime:
        """Return the org's time as well as we know it: our clock, corrected by what its last answer told."""
        return self.clock.now() + self.wire.skew

    def read(
        self,
        path: str,
        *,
        purpose: str,
        what: str,
        params: Mapping[str, str] | None = None,
        body: Any = None,
        method: str = "GET",
        object_name: str | None = None,
    ) -> Any:
        """Return the parsed answer of one read below /services/data/vXX.0/, repeated when that may help.

        what: the call in words, for messages. body: sent as JSON (some reads are POSTs).
        """
        data = None if body is None else orjson.dumps(body)

        def action(library: Salesforce) -> Any:
            return library.restful(path, params=dict(params or {}), method=method, data=data)

        return self._repeat(action, purpose=purpose, what=what, object_name=object_name)

    def query(self, soql: str, *, purpose: str, what: str, object_name: str, include_deleted: bool = True) -> Any:
        """Return the parsed first answer of a query: totalSize, done, records."""

        def action(library: Salesforce) -> Any:
            return library.query(soql, include_deleted=include_deleted)

        answer = self._repeat(action, purpose=purpose, what=what, object_name=object_name)
        records = answer.get("records") if isinstance(answer, dict) else None
        if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
            raise self.misshapen(what)
        self.wire.calls.amend(rows=len(records))
        return answer

    def write(
        self, method: str, path: str, body: Any, *, headers: Mapping[str, str], what: str, purpose: str = "push"
    ) -> Any:
        """Return the parsed answer of one write; never repeated but after a renewed login.

        Raises TransientError with outcome_unknown where the write may have been applied.
        """
        data = orjson.dumps(body)

        def action(library: Salesforce) -> Any:
            return library.restful(path, method=method, data=data, headers=dict(headers))

        return self._call(action, purpose=purpose, what=what, is_write=True)

    def versions(self) -> Any:
        """Return what /services/data lists: the API versions the org answers."""

        def action(library: Salesforce) -> Any:
            url = library.base_url.partition("/services/")[0] + "/services/data"
            answer = library.session.get(url, headers={"Accept": "application/json"})
            if answer.status_code >= 300:
                exception_handler(answer)
            return answer.json()

        return self._repeat(action, purpose="check", what="the list of API versions")

    def csv(self, path: str, *, params: Mapping[str, str], purpose: str, what: str) -> tuple[str, Mapping[str, str]]:
        """Return the text and headers of one CSV page of a bulk job, named below jobs/."""

        def action(library: Salesforce) -> tuple[str, Mapping[str, str]]:
            headers = {**library.headers, "Accept": "text/csv"}
            answer = library.session.get(library.bulk2_url + path, params=dict(params), headers=headers)
            if answer.status_code >= 300:
                exception_handler(answer)
            if "text/csv" not in answer.headers.get("Content-Type", "").lower():
                raise requests.exceptions.InvalidJSONError("a page where CSV was due")
            # Named here, because without a charset in the header the text would be taken for Latin-1.
            return answer.content.decode("utf-8-sig", errors="replace"), answer.headers

        return self._repeat(action, purpose=purpose, what=what)

    def misshapen(self, what: str, *, is_write: bool = False) -> TransientError:
        """Return the error for an answer with status 200 that is not what was asked for."""
        return TransientError(
            f"{self.connection}: {what} was answered with something else than promised; a proxy or a maintenance page may "
            "stand in between. It is tried again by itself.",
            crm=self.connection,
            outcome_unknown=is_write,
            code="misshapen answer",
        )

    def _repeat(
        self, action: Callable[[Salesforce], T], *, purpose: str, what: str, object_name: str | None = None
    ) -> T:
        def once() -> T:
            return self._call(action, purpose=purpose, what=what, object_name=object_name)

        return repeat_read(once, clock=self.clock, rng=self.rng, unless_codes=_NOT_REPEATED)

    def _call(
        self,
        action: Callable[[Salesforce], T],
        *,
        purpose: str,
        what: str,
        is_write: bool = False,
        object_name: str | None = None,
    ) -> T:
        """Do one call; after a 401 log in and repeat the very same call once."""
        for is_last in (False, True):
            self.session()
            assert self._library is not None
            self.wire.purpose = purpose
            try:
                return action(self._library)
            except SalesforceError as error:
                if error.status == 401 and not is_last:
                    self._session = None
                    continue
                raise self._refused(error, what=what, is_write=is_write, object_name=object_name) from None
            except requests.RequestException as error:
                raise self._unanswered(error, what=what, is_write=is_write) from None
        raise AssertionError("the second attempt returns or raises")

    def _log_in(self) -> None:
        self.wire.purpose = "login"
        dated = self.wire.skew
        try:
            session = self._new_session()
        except PermanentError as error:
            is_misdated = abs(self.wire.skew - dated) > SKEW_MAX and error.code == "invalid_grant"
            if self.options.flow is not Flow.JWT_BEARER or not is_misdated:
                raise
            session = self._new_session()  # the refusal itself has told us the org's time
        if None not in (self._org_id, session.org_id) and self._org_id != session.org_id:
            raise PermanentError(
                f"{self.connection}: another org answers ({session.org_id} instead of {self._org_id}), as after the refresh "
                "of a sandbox. Nothing is read or written: the ids of its records mean others. Confirm the change first.",
                crm=self.connection,
                code="another org",
                retry_class=RetryClass.AUTH,
            )
        self._org_id = session.org_id or self._org_id
        self._library = Salesforce(
            session_id=session.token,
            # With its port and, for IPv6, brackets: the library's own reading of instance_url drops those.
            instance=urlsplit(session.instance_url).netloc,
            version=self.options.api_version,
            session=self._http,
        )
        del self._library.headers["X-PrettyPrint"]  # the library asks for indented, larger answers
        self._library.headers.update(_HEADERS)
        self._session = session

    def _new_session(self) -> Session:
        return log_in(self._http, self.options, self._secrets, connection=self.connection, now=self.crm_now())

    def _refused(self, error: SalesforceError, *, what: str, is_write: bool, object_name: str | None) -> DealError:
        if error.status < 300:
            return self.misshapen(what, is_write=is_write)
        secrets = [*self._secrets.values(), *([self._session.token] if self._session is not None else [])]
        fault = read_fault(error.content, status=error.status, secrets=secrets, retry_after_s=self.wire.retry_after_s)
        self.wire.calls.amend(code=fault.code)
        return call_error(fault, connection=self.connection, what=what, is_write=is_write, object_name=object_name)

    def _unanswered(self, error: requests.RequestException, *, what: str, is_write: bool) -> DealError:
        if isinstance(error, requests.exceptions.SSLError):
            return PermanentError(
                f"{self.connection}: the host's certificate is not trusted. Set ca_bundle to your own authority's file, or "
                "find out who answers in Salesforce's place.",
                crm=self.connection,
                code="TLS",
                retry_class=RetryClass.AUTH,
            )
        if isinstance(error, requests.exceptions.InvalidJSONError):
            return self.misshapen(what, is_write=is_write)
        words = (
            unreached_words(urlsplit(self.options.url).hostname, error)
            if is_unreached(error)
            else f"{what} got no whole answer: {why_unanswered(error)}. It is tried again by itself."
        )
        return TransientError(
            f"{self.connection}: {words}",
            crm=self.connection,
            outcome_unknown=is_write and not _was_never_sent(error),
            code="no answer",
        )


def _was_never_sent(error: requests.RequestException) -> bool:
    """Tell whether the connection was not even made, so that nothing can have been applied."""
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    cause = getattr(error.args[0], "reason", error.args[0]) if error.args else None
    return isinstance(cause, NewConnectionError | NameResolutionError)
