"""How the API asks for a write: what its rules and faults need to know of the call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """text: "METHOD /path?query", as faults are planned. saves_duplicates: the caller has seen the alert and insists."""

    text: str
    saves_duplicates: bool = False
