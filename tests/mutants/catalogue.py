"""Every planted bug, with the worlds in which it has something to work on."""

from __future__ import annotations

from typing import Final

from sandbox.faults import FaultKind
from tests.mutants import own, planted
from tests.mutants.patching import Mutant
from tests.simulation.options import Options

_LOST_ANSWERS: Final = frozenset(
    {
        FaultKind.TIMEOUT_BEFORE,
        FaultKind.TIMEOUT_AFTER,
        FaultKind.RESET_BEFORE,
        FaultKind.RESET_AFTER,
        FaultKind.RESET_MID_BODY,
        FaultKind.SERVER_ERROR,
        FaultKind.HTML_200,
        FaultKind.TRUNCATED_JSON,
        FaultKind.RESULTS_FEWER,
    }
)
_LATE: Final = frozenset({FaultKind.LATE_COMMIT, FaultKind.INDEX_LAG, FaultKind.STALE_READ})
_REFUSALS: Final = frozenset({FaultKind.ROW_INVALID, FaultKind.ROW_LOCKED, FaultKind.DUPLICATE_VALUE})


def _loses_answers(options: Options) -> bool:
    return bool(options.faults.keys() & _LOST_ANSWERS)


def _loses_answers_to_people(options: Options) -> bool:
    return _loses_answers(options) and options.meddle > 0


def _commits_late(options: Options) -> bool:
    return FaultKind.LATE_COMMIT in options.faults


def _is_late(options: Options) -> bool:
    return bool(options.faults.keys() & _LATE)


def _refuses(options: Options) -> bool:
    return bool(options.faults.keys() & _REFUSALS)


def _tampers(options: Options) -> bool:
    return FaultKind.TAMPER in options.faults


def _deletes(options: Options) -> bool:
    return FaultKind.DELETE in options.faults


def _copies(options: Options) -> bool:
    return FaultKind.CLONE in options.faults


def _meddles(options: Options) -> bool:
    return options.meddle > 0


def _is_braked(options: Options) -> bool:
    return options.brake is not None


def _is_rationed(options: Options) -> bool:
    return options.allowance is not None


def _has_replicas(options: Options) -> bool:
    return options.replica > 0.01


def _holds(options: Options) -> bool:
    return options.holding is not None


def _is_a_story(options: Options) -> bool:
    return options.is_undisturbed and options.submissions >= 6


def _crashes(options: Options) -> bool:
    return options.crash > 0.005 or options.dies_at_each


def _small_pages(options: Options) -> bool:
    return options.page_rows < 1000


PLANTED: Final = (
    Mutant(
        name="outbox_first",
        what="a write is marked done before its call",
        place="sync.push:_store_intents",
        make=planted.outbox_first,
        wants=_loses_answers,
    ),
    Mutant(
        name="user_echo",
        what="rows changed last by our own user are dropped",
        place="sync.intake:_take_in",
        make=planted.user_echo,
    ),
    Mutant(
        name="no_gate",
        what="versions older than the known one are taken in",
        place="ledger.gate:judge",
        make=planted.no_gate,
        wants=_is_late,
    ),
    Mutant(
        name="last_writer_wins",
        what="a person's edit of our value is overwritten without a word",
        place="rules.merge:compare",
        make=planted.last_writer_wins,
        wants=_tampers,
    ),
    Mutant(
        name="no_lookback",
        what="a pull goes on exactly where the last one ended",
        place="sandbox.port:connect",
        make=planted.no_lookback,
        wants=_is_late,
    ),
    Mutant(
        name="deletion_unmarked",
        what="a deletion is noted, and the claim is not decided on it",
        place="sync.intake:mark_rows_gone",
        make=planted.deletion_unmarked,
        wants=_deletes,
    ),
    Mutant(
        name="cursor_now",
        what="HubSpot's cursor is set to the present, when the next pull begins",
        place="connectors.hubspot.cursor:close_window",
        make=planted.cursor_now,
    ),
    Mutant(
        name="cursor_ahead",
        what="Salesforce's cursor does not look back",
        place="connectors.salesforce.cursor:following",
        make=planted.cursor_ahead,
        wants=_commits_late,
    ),
    Mutant(
        name="no_lease",
        what="a daemon that slept past its lease goes on storing",
        place="sync.lease:Lease.check",
        make=planted.no_lease,
        wants=_has_replicas,
    ),
    Mutant(
        name="no_hist",
        what="nobody looks below a blind write for what it covered",
        place="sync.commands:typed_between",
        make=planted.no_history,
        wants=_meddles,
    ),
    Mutant(
        name="no_witness",
        what="a write of unknown outcome is believed to be applied",
        place="sync.resolve:is_applied",
        make=planted.no_witness,
        wants=_loses_answers,
    ),
    Mutant(
        name="no_cas",
        what="Salesforce is written to without a condition",
        place="sync.push:_write",
        make=planted.no_condition,
        wants=_meddles,
    ),
    Mutant(
        name="cursor_first",
        what="the cursor is stored before the rows",
        place="sync.pull:_store",
        make=planted.cursor_first,
        wants=_crashes,
    ),
    Mutant(
        name="no_readback",
        what="a write of unknown outcome is sent again without reading the row",
        place="sync.resolve:resolve",
        make=planted.no_read_back,
        wants=_loses_answers_to_people,
    ),
    Mutant(
        name="unknown_is_done",
        what="a write whose answer was lost is taken for applied",
        place="sync.push:_store_results",
        make=planted.unknown_is_done,
        wants=_loses_answers,
    ),
)

OWN: Final = (
    Mutant(
        name="edit_left_standing",
        what="merge: a person's edit of our value is recorded and left",
        place="rules.merge:compare",
        make=own.edit_left_standing,
        wants=_tampers,
    ),
    Mutant(
        name="brakes_off",
        what="brakes: a mass of writes goes out unasked",
        place="sync.brakes:brake_writes",
        make=own.brakes_off,
        wants=_is_braked,
    ),
    Mutant(
        name="budget_off",
        what="budget: the allowance is never looked at",
        place="sync.budget:Budget.check",
        make=own.budget_off,
        wants=_is_rationed,
    ),
    Mutant(
        name="page_dropped",
        what="backfill: of pages stored together the last is kept",
        place="sync.pull:_joined",
        make=own.page_dropped,
        wants=_small_pages,
    ),
    Mutant(
        name="coverage_ignored",
        what="freshness: answers are given before both CRMs were read",
        place="rules.situation:coverage_wait",
        make=own.coverage_ignored,
    ),
    Mutant(
        name="coverage_flattered",
        what="freshness: a pull is believed to have seen all up to its end",
        place="sync.cases:coverage",
        make=own.coverage_flattered,
    ),
    Mutant(
        name="command_unheard",
        what="commands: a typed status is not seen",
        place="sync.commands:look",
        make=own.command_unheard,
    ),
    Mutant(
        name="command_repeated",
        what="commands: a followed command is met again",
        place="sync.reconcile:Reconciler._rebase",
        make=own.command_repeated,
    ),
    Mutant(
        name="commands_unrecorded",
        what="commands: what a person said is not written down",
        place="sync.settle:Settler._command_entries",
        make=own.commands_unrecorded,
    ),
    Mutant(
        name="copy_obeyed",
        what="copies: the status that came with a copy is somebody's word",
        place="sync.contact:_first_command",
        make=own.copy_obeyed,
        wants=_copies,
    ),
    Mutant(
        name="witness_reused",
        what="witness: a write carries the number of the one before",
        place="sync.push:_intent",
        make=own.witness_reused,
        wants=_loses_answers,
    ),
    Mutant(
        name="echo_believed",
        what="gate: every change of our fields is our own write coming back",
        place="ledger.gate:is_echo",
        make=own.echo_believed,
    ),
    Mutant(
        name="holding_skipped",
        what="holding: nobody waits for its end",
        place="rules.lifecycle:holding_end",
        make=own.holding_skipped,
        wants=_holds,
    ),
    Mutant(
        name="last_claim_first",
        what="precedence: the last claim comes first",
        place="rules.primitives.precedence:place_of",
        make=own.last_claim_first,
        wants=_is_a_story,
    ),
    Mutant(
        name="rivals_unasked",
        what="precedence: nobody looks at rivals' claims",
        place="sync.cases:_rivals",
        make=own.rivals_unasked,
    ),
    Mutant(
        name="neighbours_unmarked",
        what="rivals are not decided anew when a claim is",
        place="sync.settle:_neighbours",
        make=own.neighbours_unmarked,
        wants=_is_a_story,
    ),
    Mutant(
        name="deadlines_unmarked",
        what="deadlines: they come and go",
        place="sync.timers:mark_due",
        make=own.deadlines_unmarked,
    ),
    Mutant(
        name="drift_fought",
        what="drift: a workflow is written against for ever",
        place="sync.drift:count_round",
        make=own.drift_fought,
        wants=lambda options: options.resists is not None,
    ),
    Mutant(
        name="refusal_forgotten",
        what="refusals: a refused write is not planned again",
        place="sync.refusals:_again",
        make=own.refusal_forgotten,
        wants=_refuses,
    ),
    Mutant(
        name="no_sweep",
        what="sweep: pulls alone are relied on",
        place="sync.sweep:_sweep_stream",
        make=own.no_sweep,
        wants=_deletes,
    ),
)
ALL: Final = PLANTED + OWN
