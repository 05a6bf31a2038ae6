"""Connectors are found by folder and by entry point, and nothing heavy is imported to list them."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest

from connectors import registry
from connectors.port import ConnectionSettings
from rules.errors import ConfigError
from rules.mapping import ConnectionMap
from sandbox.clock import RealClock


def test_the_folders_beside_the_registry_are_its_kinds():
    assert {"salesforce"} <= set(registry.kinds())
    assert registry.fields_path("salesforce").is_file()


def test_an_unknown_kind_is_refused_with_the_nearest_name():
    with pytest.raises(ConfigError, match="Write salesforce"):
        registry.fields_path("salesfroce")


def test_a_third_party_connector_is_found_by_its_entry_point(monkeypatch):
    built = object()
    module = SimpleNamespace(FIELDS="path", build=lambda *args, **more: built)
    entry = EntryPoint(name="pipedrive", value="x", group=registry.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda self: module)
    monkeypatch.setattr(registry, "entry_points", lambda group: [entry])
    settings = ConnectionSettings(name="p", kind="pipedrive", url="https://x")
    mapping = ConnectionMap(connection="p", kind="pipedrive", streams={})

    assert "pipedrive" in registry.kinds()
    assert registry.fields_path("pipedrive") == "path"
    assert registry.build(settings, mapping, clock=RealClock()) is built


def test_listing_the_kinds_imports_no_client_library():
    code = (
        "import sys; from connectors import registry; registry.kinds(); registry.fields_path('salesforce'); "
        "import connectors.salesforce; "
        "print([name for name in sys.modules if name in ('simple_salesforce', 'hubspot', 'requests', 'zeep', 'jwt')])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
