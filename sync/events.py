"""The events a pass tells: one closed list of names, each with its level and meaning, and the one function that emits them.

docs/events.md is generated from EVENTS. Fields keep one name everywhere (docs): pass_id, crm, ref, registration_id,
rule, reason, policy_hash, attempt, elapsed_ms. No event carries a person's data or a secret: values stay in the ledger.
"""

from __future__ import annotations

from typing import Any, Final

import structlog

from rules.records import Status

_INFO: Final = "info"
_DEBUG: Final = "debug"
_WARNING: Final = "warning"
_ERROR: Final = "error"

# name: (level, what it means)
EVENTS: Final[dict[str, tuple[str, str]]] = {
    "daemon_started": (_INFO, "The daemon runs; timers are set for each connection."),
    "daemon_stopped": (_INFO, "The daemon has finished the step in hand and ended."),
    "daemon_standing_by": (
        _WARNING,
        "Another daemon works on this ledger; this one waits for its end. `holder` says which.",
    ),
    "lease_acquired": (_DEBUG, "This daemon may run passes of the connection until the lease ends."),
    "lease_held": (_INFO, "Another daemon holds the lease; this pass was left to it."),
    "lease_lost": (_WARNING, "The lease went to another daemon during the pass; the pass stopped at once."),
    "pass_started": (_DEBUG, "A pass over one connection begins."),
    "pass_finished": (_INFO, "A pass has ended; one line with all its counts."),
    "pass_failed": (_ERROR, "A pass ended early; `error` says why and what to do."),
    "pass_braked": (_ERROR, "A pass wanted to change too much and wrote nothing; a person must look and approve."),
    "pass_skipped": (_DEBUG, "No pass was run: the connection is paused, blocked or out of its allowance."),
    "connection_blocked": (_ERROR, "A connection stops until a person acts; the others go on."),
    "connection_resumed": (_INFO, "A blocked connection answers again."),
    "page_pulled": (_DEBUG, "One page of changed rows is in the ledger."),
    "row_quarantined": (_WARNING, "A row was set aside with its reason; the rest goes on."),
    "ledger_behind": (
        _ERROR,
        "The CRM shows later writes or ids than the ledger made: it was restored, or another one writes there, too.",
    ),
    "registration_readopted": (_WARNING, "What a CRM shows of a registration was taken over by a restored ledger."),
    "row_gone": (_INFO, "A linked row was deleted, archived or merged away in the CRM."),
    "link_moved": (_INFO, "A linked row was merged; the link follows the surviving row."),
    "cursor_advanced": (_DEBUG, "A stream has been read to its end; the next pull starts from there."),
    "policy_activated": (_INFO, "The first policy of this ledger is in force; later ones wait for `rules activate`."),
    "policy_candidate": (
        _WARNING,
        "The rules file differs from the policy in force, which goes on; `advice` says how to activate.",
    ),
    "policy_rejected": (
        _ERROR,
        "The rules file has become invalid; the policy in force goes on. `error` says what to mend.",
    ),
    "policy_unreadable": (
        _ERROR,
        "A policy in the ledger cannot be read by this release; the one in force decides instead.",
    ),
    "policy_in_force": (_INFO, "Another version of the policy is in force; open claims are decided anew."),
    "shadow_disagrees": (_INFO, "The policy in the shadow would have decided otherwise; nothing was done about it."),
    "shadow_rejected": (_WARNING, "The rules file named as `shadow` is invalid; nothing decides in the shadow."),
    "rates_read": (_DEBUG, "Exchange rates were read; `added` says how many are new."),
    "rates_rejected": (_WARNING, "Exchange rates could not be read; those known before go on."),
    "objection_received": (_INFO, "Somebody who already works the deal has objected to a registration."),
    "unregistered_deal_found": (
        _WARNING,
        "An opportunity names a partner and has no registration; the policy says what becomes of it.",
    ),
    "sweep_finished": (_INFO, "All keys of a stream were compared with the ledger."),
    "mapping_changed": (_INFO, "The mapping is another than in the last pass: rows are read and compared again."),
    "schema_noticed": (
        _WARNING,
        "The CRM has changed under the mapping: a field was hidden or is gone; `message` says which.",
    ),
    "quota_warned": (_WARNING, "The connection is near its share of the CRM's daily allowance, or has used it up."),
    "claim_received": (_INFO, "A submission got its registration id."),
    "conflict_found": (_INFO, "A decision names something that a person should see."),
    "command_received": (_INFO, "A person changed the status in the CRM; the change was taken as a command."),
    "deal_taken": (_WARNING, "Two decisions wanted the same deal at once; the later one is decided anew."),
    "write_planned": (_DEBUG, "A row differs from the ledger and will be written."),
    "write_sent": (_DEBUG, "Writes were handed to the CRM; their intents were stored before."),
    "write_confirmed": (_INFO, "The CRM holds what was written."),
    "write_conflicted": (_INFO, "A row changed between our read and our write; it is read and planned anew."),
    "write_waits": (_INFO, "The remote record's state forbids a write; it is sent whole when the record leaves it."),
    "write_forbidden": (
        _WARNING,
        "The remote record's state machine does not know the change of status; nothing was sent. `reason` names it.",
    ),
    "write_refused": (_WARNING, "The CRM refused a write; it is tried again later."),
    "write_unknown": (
        _WARNING,
        "The CRM did not tell whether a write was applied; the row is read before anything else.",
    ),
    "write_dead_lettered": (_ERROR, "A write was given up after its last try and waits for a person."),
    "field_blocked": (
        _WARNING,
        "A field may not be written; it is left out until the next start, the rest is written.",
    ),
    "drift_found": (_INFO, "Somebody changed a value that the ledger owns; it is written back."),
    "drift_frozen": (_ERROR, "A value was changed again and again; it is left as it is until a person settles it."),
    **{f"registration_{status}": (_INFO, f"A registration's status became {status}.") for status in Status},
}

_log = structlog.get_logger("registrar")


def emit(event: str, **fields: Any) -> None:
    """Log one event of the catalogue at its level, without the fields that are None."""
    level, _ = EVENTS[event]
    getattr(_log, level)(event, **{name: value for name, value in fields.items() if value is not None})
