"""One world played from beginning to end: disturbed passes while people work, then calm ones in which all must come right.

First comes safety: with every fault of the seed, what must never happen is looked for after each round. Then liveness:
people stand still, faults end, and within a few rounds both CRMs must hold what the ledger says and be left alone.
"""

from __future__ import annotations

import random
import traceback
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from connectors.port import Connector, Write
from daemon import Daemon, build
from ledger import deadlines, intents, links
from ledger.engine import Ledger
from ledger.errors import LeaseLostError, LedgerError
from rules.errors import RetryClass
from sandbox.clock import SimClock as WorldClock
from sandbox.clock import SkewedClock
from sandbox.port import connect
from sandbox.programme.scenarios import Crm
from sandbox.salesforce.limits import DAILY_LIMIT
from sync.report import PassReport
from tests.simulation import oracle, people, programmes, promises, scene
from tests.simulation.meddling import meddle
from tests.simulation.options import Options, draw
from tests.simulation.oracle import Seen, ViolationError
from tests.simulation.scene import BOTH, client, reference, settings_of, world_of
from tests.simulation.seams import Crash, Process, SimClock, SimConnector, SimLedger
from tests.simulation.trace import Trace
from tests.simulation.workplace import workplace

SETTLE: Final = timedelta(minutes=35)  # beyond both look-backs, every back-off of a row and the rest of a connection
ROUNDS_TO_AGREE: Final = 4
_LONG_DELAY: Final = timedelta(minutes=3)


@dataclass(slots=True, kw_only=True)
class Result:
    """How one world went. violation: None when all was well. crossed, crashed: by seam."""

    options: Options
    violation: str | None = None
    trace_hash: str = ""
    lines: list[str] = field(default_factory=list)
    crossed: Counter[str] = field(default_factory=Counter)
    crashed: Counter[str] = field(default_factory=Counter)
    counts: Counter[str] = field(default_factory=Counter)


def play(options: Options, *, ledger: Ledger | None = None) -> Result:
    """Play one world and return how it went. ledger: an empty one to play it over, instead of this process's own."""
    sim = Simulation(options, ledger)
    with sim.trace.logs():
        return sim.play()


def play_seed(seed: int, *, ring: int = 1) -> Result:
    """Play a seed's world; of one that went well the lines are not kept."""
    result = play(draw(seed, ring=ring))
    if result.violation is None:
        result.lines = []
    return result


class Simulation:
    """One world with its daemon, which dies and is built anew from its file."""

    def __init__(self, options: Options, ledger: Ledger | None = None) -> None:
        self.options = options
        self.ledger = (
            ledger if ledger is not None else workplace().clear()
        )  # as it is, without seams: for whoever looks on
        self.settings = settings_of(options, workplace().directory)
        self.world = world_of(options)
        assert isinstance(self.world.clock, WorldClock)
        self.clock = self.world.clock
        self.ours = SkewedClock(self.clock, timedelta())
        self.trace = Trace(self.clock)
        self.result = Result(options=options)
        self.seen = Seen(world=self.world, settings=self.settings, trace=self.trace)
        self.promises = promises.Promises(options=options, world=self.world, settings=self.settings)
        self.programmes = programmes.Programmes(policies=[self.settings.policy])
        self._rng = random.Random(f"chaos {options.seed}")
        self._is_calm = False
        self._is_nested = False
        self._born = 0
        self._acts = 0
        self._covered: dict[tuple[str, str], datetime] = {}
        self._connectors: dict[str, SimConnector] = {}
        self.clock.on_advance(lambda _now: self._note_acts())
        self.daemon, self._process = self._build()

    # -- the two phases

    def play(self) -> Result:
        self.trace.note(f"seed {self.options.seed}: {self.options}")
        try:
            self._safety()
            self._liveness()
        except ViolationError as violation:
            self.result.violation = str(violation)
        except Exception as error:
            self.result.violation = f"{type(error).__name__}: {error}\n{''.join(traceback.format_exception(error))}"
        finally:
            self._process.is_dead = True
            self.daemon.close()
        return self._finished()

    def _safety(self) -> None:
        for number in range(self.options.rounds):
            if self.options.next_recipe is not None and number == self.options.rounds // 2:
                self.trace.note(f"the rules of {self.options.next_recipe} come into force")
                self.programmes.change(self.ledger, self.options.next_recipe, now=self.ours.now())
            self.clock.advance(self._rng.expovariate(1 / self.options.pause.total_seconds()))
            self._jump()
            self._round(BOTH if self._rng.random() < 0.8 else self._rng.sample(BOTH, 1))
            oracle.check_step(self.seen, self.ledger, is_thorough=number % 4 == 3)
            self.promises.check_step(self.ledger, self._covered)
            self.programmes.check(self.ledger)

    def _liveness(self) -> None:
        self.trace.note("faults end, people stand still")
        self._is_calm = True
        self.world.faults.clear()
        self.world.people.is_still = True
        self.world.salesforce._limits.daily_limit = DAILY_LIMIT
        self._restart()
        self.clock.advance(SETTLE)
        self._replay_dead_letters()
        self._agree()
        self._silence()
        oracle.check_end(self.seen, self.ledger)
        self.promises.check_step(self.ledger, self._covered)
        self.promises.check_end(self.ledger, now=self.ours.now())
        self.programmes.check(self.ledger)
        programmes.check_notes(self.ledger, self._ports(), scene.partners(self.world))
        people.check_commands(self.world, self.ledger)
        if self.options.is_undisturbed:
            people.check_outcomes(self.world, self.ledger, now=self.ours.now())

    def _agree(self) -> None:
        """Run calm rounds until both CRMs hold what the ledger says.

        Deletions that no pull shows (HubSpot) are left to a sweep; nothing else may need one.
        """
        found = self._rounds_until_agreed(is_swept=False)
        if found and all(oracle.UNKNOWN_DELETION in each for each in found):
            found = self._rounds_until_agreed(is_swept=True)
        if found:
            raise ViolationError("I2/I8 no agreement after calm rounds:\n  " + "\n  ".join(found[:20]))

    def _rounds_until_agreed(self, *, is_swept: bool) -> list[str]:
        # A workflow that sets a field back is written against some rounds a day before the row is left to a person.
        resisted = self.settings.sync.drift_rounds_max + 1 if self.options.resists is not None else 0
        found = ["no pass"]
        for _ in range(ROUNDS_TO_AGREE + resisted):
            reports = self._calm_round(is_swept=is_swept)
            found = oracle.disagreements(self.seen, self.ledger, self._ports())
            if not found and not any(each.writes for each in reports):
                break
        return found

    def _silence(self) -> None:
        """Once both CRMs agree, passes write nothing, but for what a deadline brings about."""
        resisted = 0  # rounds in which a workflow may still be answering what a deadline brought about
        for _ in range(6):
            is_timed = self._is_timed()
            reports = self._calm_round()
            written = sum(each.writes for each in reports)
            oracle.check_step(self.seen, self.ledger, is_thorough=False)
            if not written and not is_timed:
                return
            if is_timed and self.options.resists is not None:
                resisted = self.settings.sync.drift_rounds_max + 1
            elif written and not is_timed and not resisted:
                raise ViolationError(f"I8 {written} rows written in a quiet world: {_told(reports)}")
            resisted = max(0, resisted - 1)
        # Deadlines fell due in each of these rounds; what they brought about must be in the CRMs all the same.
        if found := oracle.disagreements(self.seen, self.ledger, self._ports()):
            raise ViolationError("I2 no agreement after deadlines:\n  " + "\n  ".join(found[:20]))

    def _is_timed(self) -> bool:
        """Tell whether a deadline comes in the next round."""
        until = self.ours.now() + SETTLE + timedelta(minutes=5)
        with self.ledger.read() as tx:
            due = deadlines.due(tx, now=until, limit=10_000)
        return any(each.kind != promises.ASKED_AGAIN for each in due)

    def _calm_round(self, *, is_swept: bool = False) -> Sequence[PassReport]:
        self.clock.advance(SETTLE)
        reports = self.daemon.run_once(is_approved=True, sweep_now=is_swept)
        self._told(reports)
        for each in reports:
            oracle.check_calm_report(each)
        return reports

    # -- passes under chaos

    def _round(self, names: Sequence[str]) -> None:
        while not self._try_round(names) and self.options.dies_at_each:
            self.clock.advance(self.settings.sync.lease_s + 1)  # the next death is at another seam, so this ends

    def _try_round(self, names: Sequence[str]) -> bool:
        """Run passes; tell whether the daemon lived through them."""
        for connector in self._connectors.values():
            connector.delivered.clear()
        try:
            reports = self.daemon.run_once(names)
        except Crash:
            self._restart()
            return False
        except (LedgerError, LeaseLostError) as error:
            self.trace.note(f"the pass ended: {error.message}")
            self._check_expected(error)
            return True
        self._told(reports)
        self.promises.check_brakes(reports)
        oracle.check_counts(reports, {name: each.delivered for name, each in self._connectors.items()})
        return True

    def _check_expected(self, error: LedgerError | LeaseLostError) -> None:
        if isinstance(error, LedgerError) and error.code != "simulated":
            raise ViolationError(f"a pass raised {error.message}") from error
        if isinstance(error, LeaseLostError):
            raise ViolationError(f"a pass raised a lost lease instead of ending: {error.message}") from error

    def _restart(self) -> None:
        """Build the daemon anew from its file, as a new process."""
        self._process.is_dead = True
        self.daemon.close()
        self.daemon, self._process = self._build()

    def _build(self) -> tuple[Daemon, Process]:
        self._born += 1
        self._connectors = self._wrapped()
        return self._daemon(f"daemon-{self._born}", self._connectors)

    def _daemon(self, holder: str, connectors: dict[str, SimConnector]) -> tuple[Daemon, Process]:
        process = Process()
        for each in connectors.values():
            each.process = process
        ledger: Any = SimLedger(self.ledger, self._disturb, process)
        wrapped: Any = connectors
        clock = SimClock(self.ours, self._disturb)
        return build(self.settings, clock=clock, connectors=wrapped, ledger=ledger, holder=holder), process

    def _wrapped(self) -> dict[str, SimConnector]:
        return {
            name: SimConnector(self._port(name), self._disturb, partial(self._meddle, Crm(name)), self._covered)
            for name in BOTH
        }

    def _meddle(self, crm: Crm, writes: Sequence[Write]) -> None:
        if not self._is_calm and self._rng.random() < self.options.meddle:
            meddle(self.world, crm, writes, self._rng)
            self._note_acts()

    def _port(self, name: str) -> Connector:
        if self.options.ring == 2:
            return client(self.world, name, self.ours)
        return connect(self.world, reference(name), page_rows=self.options.page_rows)

    def _ports(self) -> dict[str, Connector]:
        """Return connectors for a look at the CRMs' stores."""
        return {name: connect(self.world, reference(name)) for name in BOTH}

    def _disturb(self, stage: str, moment: str, in_transaction: bool) -> None:
        seam = f"{stage}/{moment}"
        self.result.crossed[seam] += 1
        if self._is_calm:
            return
        rng, options = self._rng, self.options
        is_first = options.dies_at_each and not self.result.crashed[seam]
        if is_first or rng.random() < options.crash:
            self.result.crashed[seam] += 1
            self.trace.note(f"CRASH at {seam}")
            raise Crash
        if moment.endswith("commit") and rng.random() < options.commit_lost:
            self.trace.note(f"the ledger fails at {seam}")
            raise LedgerError("the connection was lost", code="simulated", retry_class=RetryClass.TRANSIENT)
        if in_transaction:
            return
        if rng.random() < options.delay:
            self.clock.advance(rng.expovariate(1 / 5) if rng.random() < 0.9 else _LONG_DELAY)
        if " call of " in moment and not self._is_nested and rng.random() < options.replica:
            self._run_replica()

    def _run_replica(self) -> None:
        """Let another daemon run a pass in the middle of ours, which for us is a pause, perhaps past the lease."""
        if self._rng.random() < 0.7:
            self.clock.advance(self.settings.sync.lease_s + 1)
        self._is_nested = True
        self._born += 1
        connectors = self._wrapped()
        daemon, process = self._daemon(f"replica-{self._born}", connectors)
        self.trace.note(f"replica-{self._born} runs")
        self.result.counts["replicas"] += 1
        try:
            self._told(daemon.run_once(self._rng.sample(BOTH, self._rng.choice((1, 2)))))
        except Crash:
            pass
        except (LedgerError, LeaseLostError) as error:
            self._check_expected(error)
        finally:
            process.is_dead = True
            daemon.close()
            self._is_nested = False
            self.trace.note("the replica ends")

    def _jump(self) -> None:
        if self._rng.random() < self.options.jump:
            self.ours.skew = timedelta(seconds=self._rng.uniform(-600, 600))
            self.trace.note(f"our clock is set to {self.ours.skew.total_seconds():+.0f} s")

    def _replay_dead_letters(self) -> None:
        """Do what a person does about writes that were given up."""
        with self.ledger.begin() as tx:
            given_up = {each.link_id for each in intents.dead(tx)}
            if given_up:
                links.mark_due(tx, sorted(given_up))

    # -- telling

    def _told(self, reports: Sequence[PassReport]) -> None:
        for each in reports:
            self.result.counts[f"passes {each.verdict or each.skipped}"] += 1
            self.result.counts["writes"] += each.writes
            self.result.counts["decisions"] += each.decisions
            self.trace.note(
                f"{each.connection}: {each.verdict or each.skipped}, {each.writes} written {each.error or ''}"
            )

    def _note_acts(self) -> None:
        acts = self.world.people.acts
        for act in acts[self._acts :]:
            self.trace.note(
                f"  {act.door} {act.object_name} {act.record_id} {act.what} by {act.who}: {dict(act.after)}"
            )
        self._acts = len(acts)

    def _finished(self) -> Result:
        result = self.result
        result.counts["crashes"] = sum(result.crashed.values())
        result.counts["acts"] = len(self.world.people.acts)
        result.counts["calls"] = self.world.salesforce._limits.used + self.world.hubspot.app.calls
        result.counts["faults"] = len(self.world.faults.drawn)
        result.counts["simulated seconds"] = round(self.clock.monotonic())
        result.trace_hash, result.lines = self.trace.hash, self.trace.lines
        return result


def _told(reports: Sequence[PassReport]) -> str:
    return "; ".join(f"{each.connection} {each.counts.get('writes')}" for each in reports)
