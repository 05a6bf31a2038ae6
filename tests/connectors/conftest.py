"""Shown in full when they fail: the assertions that connectors' tests inherit."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.connectors.conformance", "tests.connectors.bench")
