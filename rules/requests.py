"""What a partner asks for on its registration, in a field of the CRM: each request is answered once.

extension, withdrawal, addendum, reprice, conversion, appeal and dispute each have a rule of their own that grants the
request, or names the code under which it is shown to a person. A request stays shown until a person has answered it or the
partner takes it back; the answer is remembered with the registration, so that seeing it again changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from rules.cases import StepResult
from rules.primitives.conversion import asked_addendum, asked_conversion, asked_reprice
from rules.primitives.disputes import asked_appeal, asked_dispute
from rules.primitives.extension import asked_extension
from rules.records import FINAL, OPEN, PROTECTED, Request, Status
from rules.situation import Situation

REQUESTS: Final = "requests"  # in a registration's memory: kind -> when it was asked, the code that shows it
Answer = tuple[str, str] | None  # code, detail; None: granted


def _withdraw(situation: Situation, request: Request) -> Answer:
    """Give the registration back, as the partner asks; that frees its place in a quota."""
    situation.deciding = "request_withdrawal"
    situation.move(Status.WITHDRAWN, "released_by_partner", at=request.at, actor=_actor(situation))
    return None


# kind -> the statuses in which it can be asked, and the rule that answers it
_RULES: Final[Mapping[str, tuple[frozenset[Status], Callable[[Situation, Request], Answer]]]] = {
    "extension": (PROTECTED | {Status.EXPIRED}, asked_extension),
    "withdrawal": (OPEN | PROTECTED, _withdraw),
    "addendum": (PROTECTED, asked_addendum),
    "reprice": (PROTECTED, asked_reprice),
    "conversion": (PROTECTED, asked_conversion),
    "appeal": (frozenset({Status.REFUSED, Status.SUPERSEDED}), asked_appeal),
    "dispute": (FINAL | PROTECTED, asked_dispute),
}


_AGAINST: Final = frozenset({"appeal", "dispute"})


def answer_request(situation: Situation, *, against_outcome: bool) -> bool:
    """Answer what the partner asks for, or go on showing what a person has not answered yet; return whether it moved.

    against_outcome: whether to answer appeals and disputes, which speak against what the rules made of the claim, or the
    rest, which comes first.
    """
    request = situation.claim.request
    if request is None or request.kind not in _RULES or request.at > situation.now:
        return False
    if (request.kind in _AGAINST) is not against_outcome:
        return False
    known = situation.memory.get(REQUESTS, {}).get(request.kind)
    if known is not None and known["at"] == request.at.isoformat():
        if known["code"]:
            situation.flag(known["code"], situation.claim.ref, f"asked {request.at:%Y-%m-%d %H:%M}Z")
        return False
    statuses, rule = _RULES[request.kind]
    if situation.status not in statuses or request.at <= _since(situation, request):
        return False
    answer = rule(situation, request)
    result = StepResult.PASSED if answer is None else StepResult.FAILED
    code, detail = answer or ("", "granted")
    fact = situation.claim_fact("deal.request", request.kind)
    situation.step(f"request_{request.kind}", result, f"asked {request.at:%Y-%m-%d %H:%M}Z: {detail}", (fact,))
    if code:
        situation.flag(code, situation.claim.ref, detail)
    remember(situation, request, code)
    return answer is None


def _since(situation: Situation, request: Request) -> datetime:
    """Return from when on a request can be meant for the registration as it stands."""
    created_at = situation.claim.created_at
    if request.kind in _AGAINST and situation.status in FINAL:
        return situation.since or created_at
    return (None if situation.status in OPEN else situation.registered_at()) or created_at


def remember(situation: Situation, request: Request, code: str = "") -> None:
    """Remember that a request has been answered; code: under which it is still shown."""
    entry = {"at": request.at.isoformat(), "code": code}
    situation.memory[REQUESTS] = {**situation.memory.get(REQUESTS, {}), request.kind: entry}


def asked_at(situation: Situation, kind: str) -> datetime | None:
    """Return when the partner asked for this, as far as nobody has answered it."""
    request = situation.claim.request
    if request is None or request.kind != kind:
        return None
    known = situation.memory.get(REQUESTS, {}).get(kind)
    is_answered = known is not None and known["at"] == request.at.isoformat() and not known["code"]
    return None if is_answered else request.at


def close_request(situation: Situation, kind: str) -> None:
    """Remember that a person answered the partner's request of that kind."""
    request = situation.claim.request
    if request is not None and request.kind == kind:
        remember(situation, request)


def _actor(situation: Situation) -> str:
    return f"partner:{situation.partner_id}" if situation.partner_id is not None else "partner"
