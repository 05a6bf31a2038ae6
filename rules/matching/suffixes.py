"""Public suffixes: under which endings domains are registered ("co.uk"), from the snapshot that tldextract carries.

Only its data is read: the library brings a network client along, which costs memory and time in every process and is
never used. Private endings (github.io) are left out: the lists of domains.py name those that matter.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_SNAPSHOT: Final = ".tld_set_snapshot"
_END: Final = "// ===END ICANN DOMAINS==="


@lru_cache(maxsize=1)
def suffixes() -> frozenset[str]:
    """Return the rules of the list, "*." and "!" in front where it has them; read once, on first use."""
    spec = find_spec("tldextract")
    assert spec is not None and spec.origin is not None
    text = (Path(spec.origin).parent / _SNAPSHOT).read_text(encoding="utf-8").partition(_END)[0]
    rules = (line.strip() for line in text.splitlines() if line and not line.startswith("//"))
    return frozenset(form for rule in rules for form in (rule, _coded(rule)))


def split(host: str) -> tuple[str, str] | None:
    """Return the label and the suffix of a host's registrable domain; None where its ending is on no list."""
    rules = suffixes()
    labels = host.split(".")
    for place in range(len(labels)):
        suffix = ".".join(labels[place:])
        rest = suffix.partition(".")[2]
        if f"!{suffix}" in rules:
            return labels[place], rest
        if suffix in rules or f"*.{rest}" in rules:
            return (labels[place - 1], suffix) if place else None
    return None


def _coded(rule: str) -> str:
    """Return a rule in the letters of the domain name system."""
    if rule.isascii():
        return rule
    return ".".join(
        label if label.isascii() else f"xn--{label.encode('punycode').decode()}" for label in rule.split(".")
    )
