"""The house that each test of passes works in."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.sync.kit import House


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep the log to what a person may need to act on."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    yield
    structlog.reset_defaults()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    built = House(directory=tmp_path)
    built.clock.advance(60)
    yield built
    built.daemon.close()
