"""Kinds of registration and changes of one that is registered: conversion, addendum, reprice (primitive 22).

A registration keeps the kind, customer, products and amount it was registered with; what the submission says differently
later is a change, whether or not the partner asked for one. The policy says which changes are done at once, which a person
decides, and which do not count. A person accepts what is shown by approving the registration once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from rules.action import Action
from rules.cases import StepResult
from rules.expression import Condition
from rules.primitives.window import open_window
from rules.records import Request, Window
from rules.rivals import holder_of, label
from rules.setting import required, setting

if TYPE_CHECKING:
    from rules.situation import Situation

DEAL: Final = "deal"  # in a registration's memory: the deal as it was registered
Answer = tuple[str, str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of registration (the fact deal.kind)."""

    name: str = required("As the submission names it.")
    require: Condition | None = setting(None, "Who may register this kind: for example partner.tier in {'gold'}.")
    exclusive: bool | None = setting(None, "null: as the protection says.")
    reason: str = setting("kind_not_open", "Reason code where `require` does not hold.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """One change of kind that a registration may make."""

    source: str = required("The kind it was.")
    target: str = required("The kind it becomes.")
    is_retroactive: bool = setting(
        False, "The new kind's window counts from the registration's own start; false: from the change."
    )
    action: Action = setting(
        Action.REVIEW, "off (done without a person), review, refuse.", only=(Action.OFF, Action.REVIEW, Action.REFUSE)
    )
    when: Condition | None = setting(None, "Possible only where this holds; where it is unknown a person decides.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """What a partner may ask for on a registration."""

    addendum: Action = setting(
        Action.REVIEW,
        "More products or units on the same registration: off (done), review, refuse.",
        only=(Action.OFF, Action.REVIEW, Action.REFUSE),
    )
    reprice: Action = setting(
        Action.REVIEW, "Another amount: off (done), review, refuse.", only=(Action.OFF, Action.REVIEW, Action.REFUSE)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversions:
    """Kinds and what may become of them."""

    kinds: tuple[Kind, ...] = setting(
        (),
        "The kinds there are; the first is what a submission without a kind is. Empty: one kind, whatever it says.",
    )
    changes: tuple[Conversion, ...] = setting((), "Which kind may become which.")
    requests: Requests = setting(Requests(), "Addendum and reprice.")

    def named(self, name: str | None) -> str | None:
        """Return the kind that a submission names; without a name it is of the first."""
        return self.kinds[0].name if self.kinds and not name else name

    def kind(self, name: str | None) -> Kind | None:
        """Return the kind of that name; a registration that names none is of the first."""
        if not self.kinds or name is None:
            return self.kinds[0] if self.kinds else None
        return next((each for each in self.kinds if each.name.casefold() == name.casefold()), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between the deal as registered and as the submission tells it now."""

    part: str  # customer, products, units, amount
    action: Action
    text: str


def take_as_submitted(situation: Situation) -> None:
    """Take the deal as the submission tells it now for the one that is being registered."""
    situation.memory.pop(DEAL, None)
    kind = situation.policy.conversions.named(situation.claim.kind)
    if situation.kind != kind:
        situation.become(kind)


def follow_changes(situation: Situation) -> None:
    """Compare a registered deal with what its submission says now, and do or show what differs."""
    if DEAL not in situation.memory:
        situation.memory[DEAL] = _deal(situation)
    asked = situation.claim.request.kind if situation.claim.request is not None else None
    for change in list(_changes(situation)):
        situation.step("deal_as_registered", StepResult.FAILED, change.text)
        if change.action is Action.OFF:
            _accept(situation, change.part)
        elif _request_of(change.part) != asked:
            code = "conversion_refused" if change.action is Action.REFUSE else "deal_changed"
            situation.flag(code, situation.claim.ref, change.text)
    answer = _convert(situation, situation.now, by_person=False) if asked != "conversion" else None
    if answer is not None:
        situation.flag(answer[0], situation.claim.ref, answer[1])


def accept_changes(situation: Situation, at: datetime) -> bool:
    """Take over what a person accepted by approving once more; return whether there was anything.

    What the submission was changed to after the person's word is not meant by it.
    """
    if DEAL not in situation.memory or situation.claim.modified_at > at:
        return False
    parts = [each.part for each in _changes(situation)]
    for part in parts:
        _accept(situation, part)
    was = situation.kind
    _convert(situation, at, by_person=True)
    return bool(parts) or situation.kind != was


def has_open_changes(situation: Situation) -> bool:
    """Tell whether the submission says something else by now than what was agreed, and nobody has accepted it."""
    return next(_changes(situation), None) is not None


def asked_addendum(situation: Situation, request: Request) -> Answer:
    """Answer a request for more products or units."""
    return _asked(situation, request, ("products", "units"), situation.policy.conversions.requests.addendum)


def asked_reprice(situation: Situation, request: Request) -> Answer:
    """Answer a request for another amount."""
    return _asked(situation, request, ("amount",), situation.policy.conversions.requests.reprice)


def asked_conversion(situation: Situation, request: Request) -> Answer:
    """Answer a request to become another kind: the one that the submission names by now."""
    if situation.claim.kind is None or situation.claim.kind.casefold() == (situation.kind or "").casefold():
        return "conversion_requested", "the submission names no other kind"
    return _convert(situation, request.at, by_person=False)


def _asked(situation: Situation, request: Request, parts: tuple[str, ...], action: Action) -> Answer:
    if action is Action.OFF:
        for part in parts:
            _accept(situation, part)
        situation.deciding = f"request_{request.kind}"
        situation.renew("conversion_done", at=request.at)
        return None
    told = "; ".join(each.text for each in _changes(situation) if each.part in parts) or "nothing has changed yet"
    return ("conversion_refused" if action is Action.REFUSE else "conversion_requested"), told


def _convert(situation: Situation, at: datetime, *, by_person: bool) -> Answer:
    """Become the kind that the submission names now, as far as the policy or a person lets it."""
    rules, target = situation.policy.conversions, situation.claim.kind
    is_same = target is None or target.casefold() == (situation.kind or "").casefold()
    if target is None or is_same or not (rules.kinds or rules.changes):
        return None
    text = f"from {situation.kind or 'no kind'} to {target}"
    change = next((each for each in rules.changes if _fits(each, situation.kind, target)), None)
    if not by_person:
        if change is None or change.action is Action.REFUSE:
            return "conversion_refused", f"{text}: not among the changes that the policy admits"
        holds = change.when.test(situation.facts) if change.when is not None else True
        if holds is False:
            return "conversion_refused", f"{text}: its condition does not hold"
        if holds is None or change.action is not Action.OFF:
            return "conversion_requested", text
    return _become(situation, target, at, is_retroactive=change is not None and change.is_retroactive)


def _become(situation: Situation, target: str, at: datetime, *, is_retroactive: bool) -> Answer:
    """Give the registration the other kind's terms; a kind that its partner may not register it does not become."""
    was, old = situation.kind, situation.window
    length = situation.pick(situation.policy.protection.length)
    situation.become(target)
    kind = situation.policy.conversions.kind(target)
    is_open = kind is None or kind.require is None or kind.require.test(situation.facts) is not False
    holder = holder_of(situation) if situation.is_exclusive() and not situation.exclusive else None
    if not is_open or holder is not None:
        situation.become(was)
        if holder is not None:
            return "deal_is_held", f"as {target} it would hold the deal alone, which {label(holder)} holds"
        return "conversion_refused", f"{target} is not open to this partner"
    situation.exclusive = situation.is_exclusive()
    start = situation.registered_at() or at
    if is_retroactive:
        open_window(situation, start)
    elif situation.pick(situation.policy.protection.length) != length:
        open_window(situation, at)
    _keep_granted(situation, old)
    situation.deciding = "conversion"
    situation.step("conversion", StepResult.PASSED, f"{was or 'no kind'} becomes {target}, as of {at:%Y-%m-%d}")
    situation.renew("conversion_done", at=at)
    return None


def _keep_granted(situation: Situation, old: Window | None) -> None:
    """Keep the start of the protection, and an end that was granted by an extension."""
    new = situation.window
    if new is None or old is None:
        return
    end = max(new.end, old.end) if situation.extension_count else new.end
    situation.window = Window(start=min(old.start, new.start), end=end)


def _fits(change: Conversion, source: str | None, target: str) -> bool:
    return (change.source.casefold(), change.target.casefold()) == ((source or "").casefold(), target.casefold())


def _changes(situation: Situation) -> Iterator[Change]:
    held: Mapping[str, Any] | None = situation.memory.get(DEAL)
    if held is None:
        return
    requests = situation.policy.conversions.requests
    actions = {"amount": requests.reprice, "products": requests.addendum, "units": requests.addendum}
    for part, value in _deal(situation).items():
        if value != held.get(part):
            text = f"the {part} changed after registration: {_told(held.get(part))} to {_told(value)}"
            yield Change(part=part, action=actions.get(part, Action.REVIEW), text=text)


def _accept(situation: Situation, part: str) -> None:
    deal = _deal(situation)
    situation.memory[DEAL] = {**situation.memory.get(DEAL, deal), part: deal[part]}


def _request_of(part: str) -> str:
    return {"amount": "reprice", "products": "addendum", "units": "addendum"}.get(part, "")


def _deal(situation: Situation) -> dict[str, Any]:
    claim, amount = situation.claim, situation.stated_amount()
    return {
        "customer": situation.customer_id(),
        "products": sorted(claim.products),
        "units": str(claim.units.normalize()) if claim.units is not None else None,
        "amount": str(amount) if amount is not None else None,
    }


def _told(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)
