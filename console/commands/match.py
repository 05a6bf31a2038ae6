"""Match files of records without a ledger, tell why two match, and measure the matcher on labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from console.commands.match_files import faulty, rows_of
from console.commands.match_parts import job_of, matched
from console.exit_codes import Exit
from console.screen import Screen, counted
from rules.cases import Evidence, Match
from rules.errors import ConfigError
from rules.matching.customers import explained
from rules.matching.deals import compare_deals
from rules.matching.measure import Quality, Scored, quality
from rules.matching.pairs import Row, partners_of, read_record
from rules.primitives.matching import Matching

_AIMS: Final = {
    "f1": "at least .90, better .94",
    "auto_precision": "at least .99, better .995",
    "auto_recall": "at least .60, better .70",
    "related_decided": "at most .005, better .001",
    "recall_with_review": "at least .95, better .975",
    "review_per_submission": "at most .6, better .4",
    "right_first": "at least .975",
    "deal_f1": "at least .91, better .95",
    "calibration_error": "at most .05",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    left: Path
    right: Path
    truth: Path
    pairs: Path | None = None


def pairs(screen: Screen, left: Path, right: Path, out: Path, *, rules: Path | None, workers: int | None) -> Exit:
    """Write every pair worth a mention."""
    _check_readable(left, right)
    count = 0
    with out.open("wb") as file:
        for line in matched(job_of(left, right, _rules(rules), workers)):
            file.write(line + b"\n")
            count += 1
    screen.talk(f"{counted(count, 'pair')} written to {out}.")
    return Exit.DONE


def evaluate(screen: Screen, files: Files, *, rules: Path | None, workers: int | None) -> Exit:
    """Print how well the matcher agrees with labels."""
    _check_readable(files.left, files.right, files.truth, *([files.pairs] if files.pairs is not None else []))
    labels = list(rows_of(files.truth))
    customers = {(row.get("left"), row.get("right")): str(row.get("customer")) for row in labels}
    deals = frozenset((row.get("left"), row.get("right")) for row in labels if row.get("deal") is True)
    if files.pairs is not None:
        told: Iterable[Row] = rows_of(files.pairs)
    else:
        told = map(orjson.loads, matched(job_of(files.left, files.right, _rules(rules), workers)))
    found = quality(
        {(row.get("left"), row.get("right")): _scored(row) for row in told},
        customers,
        deals,
        submissions=sum(1 for _ in rows_of(files.left)),
    )
    _show_quality(screen, found)
    return Exit.DONE


def why(screen: Screen, one: str, other: str, files: tuple[Path, ...], *, rules: Path | None) -> Exit:
    """Show the evidence for and against two records being one customer, and one deal."""
    _check_readable(*files)
    rows = [_row(text, files) for text in (one, other)]
    partners = partners_of(rows)
    left, right = (read_record(row, partners) for row in rows)
    policy = _rules(rules)
    customer = explained(left.profile, right.profile, rules=policy)
    deal = compare_deals(left.deal, right.deal, rules=policy)
    if screen.is_json:
        screen.json({"customer": _told(customer), "deal": _told(deal)})
        return Exit.DONE
    screen.heading(f"Same customer: {customer.sameness}, {customer.score:.0%}")
    _show_terms(screen, customer.evidence)
    screen.heading(f"Same deal, if the customer is the same: {deal.sameness}, {deal.score:.0%}")
    _show_terms(screen, deal.evidence)
    return Exit.DONE


def _rules(path: Path | None) -> Matching:
    if path is None:
        return Matching()
    from config.policy import load_policy

    return load_policy(path).matching


def _check_readable(*paths: Path) -> None:
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise ConfigError([faulty(path, "is no file that can be read.") for path in missing])


def _row(text: str, files: tuple[Path, ...]) -> Row:
    """Return a record told as JSON, or by its id in one of the files."""
    if text.lstrip().startswith("{"):
        return next(iter(rows_of(Path("record"), [text.encode()])))
    for path in files:
        for row in rows_of(path):
            if str(row.get("id")) == text:
                return row
    where = ", ".join(map(str, files)) or "no file was named with --file"
    raise ConfigError([faulty(Path(text), f"is no JSON object, and no id of a record ({where}).")])


def _scored(row: Row) -> Scored:
    score, deal_score = row.get("score"), row.get("deal_score")
    return Scored(
        score=float(score) if isinstance(score, int | float) else 0.0,
        decision=str(row.get("decision", "none")),
        deal_score=float(deal_score) if isinstance(deal_score, int | float) else 0.0,
    )


def _told(match: Match) -> dict[str, Any]:
    return {
        "sameness": match.sameness,
        "score": match.score,
        "evidence": [asdict(each) for each in match.evidence],
    }


def _show_terms(screen: Screen, evidence: tuple[Evidence, ...]) -> None:
    rows = [(each.name.replace("_", " "), f"{each.weight:+.2f}", each.detail) for each in evidence]
    total = sum(each.weight for each in evidence)
    screen.table(("evidence", "weight", "compared"), [*rows, ("sum", f"{total:+.2f}", "")], prose={"compared"})
    screen.line()


def _show_quality(screen: Screen, found: Quality) -> None:
    if screen.is_json:
        screen.json(asdict(found))
        return
    rows = [
        (name.replace("_", " "), f"{value:.4f}" if isinstance(value, float) else f"{value:,}", _AIMS.get(name, ""))
        for name, value in asdict(found).items()
    ]
    screen.table(("figure", "value", "aim"), rows)
