"""What a linked CRM row should hold: the registration in the CRM's own vocabulary. Pure; computed anew on each pass.

Statuses and reasons go through the connection's maps. Only fields that the admin mapped for writing are named, and of
those only the ones the ledger has something to say about: a field left out of the answer is nobody's business. The witness
(rev) belongs to the single write, not to the registration, and is added when one is sent.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from rules.fields import Stream, Value, Values
from rules.mapping import StreamMap
from rules.records import OPEN, PROTECTED, Registration, Status
from rules.windows import last_day
from rules.wording import ENGLISH, Words, outcome_of

NOTE_LENGTH_MAX: Final = {Stream.OPPORTUNITIES: 255, Stream.SUBMISSIONS: 2000}  # the reference schemas' field lengths
HOLDS: Final = PROTECTED | {Status.WON}  # there is a partner of record
DATED: Final = HOLDS | {Status.EXPIRED, Status.LOST}  # the end of protection still tells something
RUN_OUT: Final = frozenset({Status.EXPIRED, Status.RECAPTURED})  # nobody holds the deal any more
REASONED: Final = frozenset({Status.REFUSED, Status.SUPERSEDED})
ADOPTED: Final = "adopted"

# Of several statuses that share one CRM value, the one that a value found at first contact is taken for.
_ADOPTION_ORDER: Final = (
    Status.REGISTERED,
    Status.WON,
    Status.WITHDRAWN,
    Status.LOST,
    Status.EXPIRED,
    Status.REFUSED,
    Status.SUPERSEDED,
    Status.RECAPTURED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerHere:
    """The partner of record as one connection knows it. record_id: its row there, None where it has none."""

    record_id: str | None
    name: str | None


def desired(
    registration: Registration,
    *,
    stream_map: StreamMap,
    zone: str,
    partner: PartnerHere | None,
    base: Values,
    is_primary: bool = True,
    clears: bool = False,
    shows_partner: bool = True,
    words: Words = ENGLISH,
) -> dict[str, Value]:
    """Return the values one linked row should hold, by canonical name.

    zone: the policy's, in which protection days are counted. base: what the row was last known to hold, which tells
    whether a partner of record there is ours to remove. is_primary: of several opportunities of one registration in one
    CRM, only the first carries the registration id, because that field is unique. clears: the policy empties an
    opportunity's fields when the protection has run out. shows_partner: the vendor's sellers may see who is the partner of
    record. words: of the connection's language, as the policy completes them.
    """
    candidates = _candidates(registration, stream_map=stream_map, zone=zone, words=words)
    if stream_map.stream is Stream.OPPORTUNITIES:
        candidates |= _partner(registration, partner, base, is_shown=shows_partner)
        if clears and registration.status in RUN_OUT:
            candidates = dict.fromkeys(candidates)
        if not is_primary:
            candidates.pop("registration_id")
    writable = stream_map.writable()
    return {name: value for name, value in candidates.items() if name in writable}


def status_word(status: Status, stream_map: StreamMap) -> str | None:
    """Return the CRM's value for a status, None where the map names none."""
    return stream_map.status.write.get(status) if stream_map.status is not None else None


def adopted_status(word: str | None, stream_map: StreamMap) -> Status | None:
    """Return what a status value found at first contact means, None when that claim is still open.

    A value that any open status shares is open: taking it for decided would skip the rules.
    """
    if word is None or stream_map.status is None:
        return None
    meanings = {Status(status) for status, value in stream_map.status.write.items() if value == word}
    if not meanings or meanings & OPEN:
        return None
    return next((status for status in _ADOPTION_ORDER if status in meanings), None)


def _candidates(registration: Registration, *, stream_map: StreamMap, zone: str, words: Words) -> dict[str, Value]:
    status, window = registration.status, registration.window
    values: dict[str, Value] = {"registration_id": registration.registration_id}
    word = status_word(status, stream_map)
    if word is not None:
        values["status"] = word
    if window is not None or not registration.is_adopted:
        values["protected_until"] = (
            last_day(window, zone).isoformat() if window is not None and status in DATED else None
        )
    if registration.reason == ADOPTED:
        return values  # people decided this: their reason, note and date stay
    values["reason"] = words.family(registration.reason) if status in REASONED else None
    values["note"] = _note(registration, stream_map.stream, zone, words)
    since = registration.status_since
    values["decided_at"] = _whole_seconds(since) if since is not None and status not in OPEN else None
    reason_map = stream_map.fields.get("reason")
    if reason_map is not None and values["reason"] is not None and reason_map.writes:
        written = reason_map.writes
        values["reason"] = written.get(str(values["reason"]), written.get("*", values["reason"]))
    return values


def _partner(
    registration: Registration, partner: PartnerHere | None, base: Values, *, is_shown: bool
) -> dict[str, Value]:
    """Return the partner of record on an opportunity: set while held and shown, removed after only where it was ours."""
    if registration.status in HOLDS and is_shown:
        if partner is None:
            return {}
        found: dict[str, Value] = {"partner": partner.record_id, "partner_name": partner.name}
        return {name: value for name, value in found.items() if value is not None}
    if registration.status in OPEN:
        return {}
    here = {"partner": partner.record_id, "partner_name": partner.name} if partner is not None else {}
    return {name: None for name, value in here.items() if value is not None and base.get(name) == value}


def _note(registration: Registration, stream: Stream, zone: str, words: Words) -> str:
    """Return the partner's words: the reason, what is missing, until when the deal is protected."""
    text = words.note(outcome_of(registration), zone=zone)
    if stream is Stream.OPPORTUNITIES:
        text = f"{registration.registration_id}: {text}"
    return " ".join(text.split())[: NOTE_LENGTH_MAX[stream]].rstrip()


def _whole_seconds(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
