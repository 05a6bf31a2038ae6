"""Promises about the account: logins that fail once and loudly, secrets that stay secret, findings all at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from connectors.port import Connector, Severity
from rules.errors import InvariantError, PermanentError, RetryClass, TransientError
from rules.fields import Stream
from sandbox.faults import FaultKind
from tests.connectors.bench import Bench, pull_all
from tests.connectors.conformance.words import update


class Account:
    def test_a_refused_login_asks_for_a_person_and_is_not_repeated(self, bench: Bench, connector: Connector):
        bench.revoke()
        before = len(bench.faults.drawn)

        with pytest.raises(PermanentError) as raised:
            connector.pull(Stream.OPPORTUNITIES, None)

        assert raised.value.retry_class is RetryClass.AUTH
        assert len(bench.faults.drawn) == before

    def test_no_secret_is_in_any_text(self, bench: Bench, connector: Connector):
        texts = [repr(connector), repr(vars(connector))]

        def note(action: Callable[[], Any]) -> None:
            try:
                texts.append(repr(action()))
            except (TransientError, PermanentError, InvariantError) as error:
                texts.extend([str(error), repr(error), repr(error.__cause__), repr(error.__context__)])

        for kind in (FaultKind.TIMEOUT_BEFORE, FaultKind.HTML_200, FaultKind.SERVER_ERROR, FaultKind.RESET_MID_BODY):
            bench.faults.plan(kind, count=4)
            note(lambda: connector.pull(Stream.OPPORTUNITIES, None))
            bench.faults.clear()
        note(connector.identify)
        bench.revoke()
        note(lambda: connector.pull(Stream.OPPORTUNITIES, None))
        note(lambda: connector.push([update("123", {"rev": 1})]))
        note(connector.check)
        note(connector.take_calls)

        for secret in bench.secrets:
            assert not [text for text in texts if secret in text]

    def test_the_crms_clock_and_allowance_are_told(self, bench: Bench, connector: Connector):
        connector.identify()
        pull_all(connector, Stream.OPPORTUNITIES)

        told, limits = connector.server_time(), connector.limits()

        assert told is not None
        assert abs(told - bench.clock.now()) < timedelta(minutes=1)
        assert limits.used is not None
        assert limits.total is not None
        assert 0 < limits.used < limits.total

    def test_a_sound_account_has_no_errors(self, connector: Connector):
        findings = connector.check()

        assert [each for each in findings if each.severity is not Severity.INFO] == []

    def test_everything_wrong_is_found_at_once_with_its_place(self, bench: Bench, connector: Connector):
        words = bench.spoil()

        errors = [each for each in connector.check() if each.severity is Severity.ERROR]

        for word in words:
            named = [each for each in errors if word in each.message]
            assert named, f"nothing names {word}: {[each.message for each in errors]}"
            assert all(f"{bench.door}/fields.yaml:" in each.place for each in named)
        assert all(each.advice for each in errors)

    def test_an_unreachable_crm_is_a_finding(self, bench: Bench, connector: Connector):
        bench.faults.plan(FaultKind.RESET_BEFORE, count=None)

        findings = connector.check()

        assert [each.code for each in findings] == ["crm_unreachable"]

    def test_a_refused_login_is_a_finding(self, bench: Bench, connector: Connector):
        bench.revoke()

        findings = connector.check()

        assert [each.code for each in findings] == ["login_refused"]
