"""`registrar match` on files: pairs that any number of processes finds alike, figures, and reasons that add up."""

from __future__ import annotations

import json
from math import log
from pathlib import Path

import pytest
from typer.testing import CliRunner

from console.cli import app
from tests.rules.matching_world import World


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    where = tmp_path_factory.mktemp("match")
    world = World(21, customers=120)
    truth = [
        {"left": left, "right": right, "customer": customer, "deal": deal}
        for (left, right), (customer, deal) in world.truth.items()
    ]
    for name, rows in (("left", world.left), ("right", world.right), ("truth", truth)):
        write(where / f"{name}.jsonl", rows)
    return where


def write(path: Path, rows: list[dict]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run(*arguments: str | Path):
    return CliRunner().invoke(app, ["match", *map(str, arguments)])


def sides(where: Path) -> tuple[str | Path, ...]:
    return "--left", where / "left.jsonl", "--right", where / "right.jsonl"


def test_pairs_are_the_same_for_any_number_of_processes(files):
    for workers in ("1", "2", "3"):
        assert (
            run("pairs", *sides(files), "--out", files / f"pairs-{workers}.jsonl", "--workers", workers).exit_code == 0
        )

    one = (files / "pairs-1.jsonl").read_bytes()
    assert one == (files / "pairs-2.jsonl").read_bytes() == (files / "pairs-3.jsonl").read_bytes()
    found = read(files / "pairs-1.jsonl")
    assert {each["decision"] for each in found} == {"auto", "review", "none"}
    assert {each["relation"] for each in found} >= {"same", "related"}
    for each in found:
        assert 0.0 <= each["deal_score"] <= 1.0
        if 0.01 < each["score"] < 0.99:
            belief = log(each["score"] / (1 - each["score"]))
            assert sum(weight for _, weight in each["reasons"]) == pytest.approx(belief, abs=1e-3)


def test_evaluate_prints_the_figures_of_pairs_found_now_or_before(files):
    assert run("pairs", *sides(files), "--out", files / "again.jsonl", "--workers", "1").exit_code == 0

    now = run("evaluate", *sides(files), "--truth", files / "truth.jsonl", "--workers", "1", "--json")
    before = run(
        "evaluate", *sides(files), "--truth", files / "truth.jsonl", "--pairs", files / "again.jsonl", "--json"
    )
    told = run("evaluate", *sides(files), "--truth", files / "truth.jsonl", "--pairs", files / "again.jsonl")

    assert json.loads(now.stdout)["auto_precision"] >= 0.97
    assert json.loads(now.stdout)["f1"] == pytest.approx(json.loads(before.stdout)["f1"], abs=1e-4)
    assert "calibration error" in told.stdout


def test_why_tells_terms_that_add_up(files):
    one = '{"company": "Vexlan Works GmbH", "website": "vexlan.de", "product": "FlowDesk"}'
    other = '{"company": "VEXLAN WORKS", "email": "a@vexlan.de", "product": "FlowDesk Cloud"}'

    told, data = run("why", one, other), json.loads(run("why", one, other, "--json").stdout)

    assert "domain equal" in told.stdout
    belief = sum(each["weight"] for each in data["customer"]["evidence"])
    assert data["customer"]["sameness"] == "same"
    assert belief == pytest.approx(log(data["customer"]["score"] / (1 - data["customer"]["score"])), abs=1e-3)


def test_why_finds_records_by_id(files):
    left, right = read(files / "left.jsonl")[0]["id"], read(files / "right.jsonl")[0]["id"]

    assert run("why", left, right, "-f", files / "left.jsonl", "-f", files / "right.jsonl").exit_code == 0
    assert run("why", left, "exi-nowhere", "-f", files / "left.jsonl").exit_code == 2


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("text", ["not json\n" * 4, "[1, 2]\n" * 4])
def test_lines_that_are_no_records_are_told(files, tmp_path, text, workers):
    bad = tmp_path / "bad.jsonl"
    bad.write_text(text, encoding="utf-8")

    done = run(
        "pairs", "--left", files / "left.jsonl", "--right", bad, "--out", tmp_path / "o.jsonl", "--workers", workers
    )

    assert done.exit_code == 2
    assert "bad.jsonl" in done.stderr


def test_missing_file_and_empty_file(files, tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.write_text("\n\n", encoding="utf-8")

    assert run("pairs", "--left", tmp_path / "no", "--right", empty, "--out", tmp_path / "o").exit_code == 2
    assert run("pairs", "--left", empty, "--right", empty, "--out", tmp_path / "o.jsonl").exit_code == 0
    assert read(tmp_path / "o.jsonl") == []


def test_rules_file_changes_thresholds_and_weights(files, tmp_path):
    rules = tmp_path / "rules.yaml"
    rules.write_text("matching: {same: 1, review: 0.99, weights: {domain_equal: 0.1}}\n", encoding="utf-8")

    assert run("pairs", *sides(files), "--out", tmp_path / "o.jsonl", "--rules", rules, "--workers", "1").exit_code == 0
    assert not [each for each in read(tmp_path / "o.jsonl") if each["decision"] == "auto"]
