"""What a term of a match is about, in a few words: the names, domains or places that were compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from rules.matching.names import Likeness
from rules.matching.normalise import Name
from rules.matching.profile import Profile

Told = Callable[[Profile], str]


def detail_of(term: str, left: Profile, right: Profile, names: Likeness) -> str:
    """Return what a term compares, the same with the sides swapped."""
    if term == "base":
        return "most pairs differ"
    if term == "parent_link":
        return "one is the other's parent, or they share one"
    if term.endswith(("_left_over", "_on_both")) or term == "many_left_over":
        return _both(" ".join(names.left), " ".join(names.right))
    if term in ("name_rarity", "name_typos"):
        return ", ".join(word for word, _ in names.shared)
    told = _TOLD.get(term.partition("_")[0])
    return _both(told(left), told(right)) if told is not None else ""


def _both(mine: str, theirs: str) -> str:
    return " / ".join(sorted({mine, theirs} - {""}))


def _name(name: Name) -> str:
    return " = ".join(" ".join((*form.words, *((form.unread,) if form.unread else ()))) for form in name.forms)


def _listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


_TOLD: Final[dict[str, Told]] = {
    "name": lambda of: _name(of.name),
    "other": lambda of: _name(of.name),
    "domain": lambda of: _listed(of.domains or of.pages),
    "page": lambda of: _listed(of.pages or of.domains),
    "country": lambda of: of.country or _listed(of.implied),
    "phone": lambda of: of.phone[1] if of.phone is not None else "",
    "mailbox": lambda of: of.mailbox or "",
    "person": lambda of: _listed(of.person),
    "street": lambda of: _listed((*of.street[1], *of.street[0])) if of.street is not None else "",
    "postal": lambda of: of.postal or "",
    "city": lambda of: _listed(of.city),
    "tax": lambda of: of.tax_id or "",
    "registry": lambda of: of.registry_no or "",
}
