"""A million rows in the ledger's index of blocking keys: how many submissions a second find and score their candidates.

Companies are made up of syllables, with domains and common words as customers have them, and written through intake. Each
submission is one of them, slightly changed. Two processes search at once, as two connections' passes do.
"""

from __future__ import annotations

import random
import sys
import time
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from benchmarks.measure import report
from connectors.port import Row
from ledger import inbox, match_index
from ledger.engine import open_ledger
from rules.fields import Stream
from rules.matching.customers import match_customers
from rules.matching.keys import customer_keys
from rules.records import CrmRef, Customer
from sync.observe import customer_of, observe

_NOW: Final = datetime(2026, 3, 1, tzinfo=UTC)
_PAGE: Final = 5_000
_SYLLABLES: Final = (
    *(each + vowel for each in "bklmnrstv" for vowel in "aeio"),
    "bran", "fels", "grun", "hart", "kron", "land", "mark", "nord", "ost", "park", "stern", "thal", "wald", "zell",
)  # fmt: skip
_WORDS: Final = (
    "Logistics", "Systems", "Group", "Energy", "Foods", "Trading", "Consulting", "Medical", "Services", "Capital",
)  # fmt: skip
_FORMS: Final = ("GmbH", "Ltd", "Inc", "SA", "AG", "BV", "Sp. z o.o.", "S.r.l.")
_COUNTRIES: Final = ("DE", "GB", "US", "FR", "CH", "NL", "PL", "IT")


def customer(number: int) -> Customer:
    """Return a made-up customer, the same for a number always."""
    chance = random.Random(number)
    core = "".join(chance.choice(_SYLLABLES) for _ in range(chance.randint(2, 4)))
    place = chance.randrange(len(_FORMS))
    name = f"{core.capitalize()} {chance.choice(_WORDS)} {_FORMS[place]}"
    domain = f"{core}{number % 97}.com" if chance.random() < 0.7 else None
    return Customer(name=name, domain=domain, country=_COUNTRIES[place])


def fill(url: str, rows: int) -> None:
    """Write the companies through intake."""
    ledger = open_ledger(url)
    for first in range(0, rows, _PAGE):
        page = [_row(number, customer(number)) for number in range(first, min(first + _PAGE, rows))]
        with ledger.begin() as tx:
            inbox.intake(tx, [observe(each) for each in page], run_id=1, now=_NOW)
    ledger.close()


def _row(number: int, told: Customer) -> Row:
    values = {"name": told.name, "domain": told.domain, "country": told.country}
    ref = CrmRef("salesforce", "Account", f"001{number:012d}AAA")
    return Row(ref=ref, stream=Stream.COMPANIES, created_at=_NOW, modified_at=_NOW, modified_by=None, values=values)


def search(url: str, rows: int, first: int, count: int) -> tuple[int, int]:
    """Find and score the candidates of some submissions; return how many were compared, and how many found their company."""
    ledger, chance = open_ledger(url), random.Random(first)
    compared = found = 0
    for _ in range(count):
        number = chance.randrange(rows)
        told = customer(number)
        name = told.name.replace("Services", "Svcs").upper() if chance.random() < 0.5 else told.name.rpartition(" ")[0]
        mine = Customer(name=name, domain=told.domain, country=told.country)
        keys = customer_keys(mine)
        with ledger.read() as tx:
            on_file = match_index.on_file(tx, keys)
            rows_found = match_index.candidates(tx, keys, stream=Stream.COMPANIES)
        scores = []
        for each in rows_found:
            other = customer_of(each.stream, each.values)
            if other is not None:
                scores.append((match_customers(mine, other, on_file=on_file).score, each.ref.record_id))
        compared += len(scores)
        found += bool(scores) and f"001{number:012d}AAA" in {ref for score, ref in scores if score == max(scores)[0]}
    ledger.close()
    return compared, found


def measured(rows: int, count: int, processes: int = 2) -> Mapping[str, Any]:
    """Return the facts of one measurement."""
    with TemporaryDirectory(prefix="registrar-bench-") as directory:
        url = f"sqlite:///{Path(directory) / 'ledger.db'}"
        started = time.perf_counter()
        fill(url, rows)
        filled = time.perf_counter()
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            list(pool.map(search, [url] * processes, [rows] * processes, range(processes), [20] * processes))  # warm
            begun = time.perf_counter()
            parts = list(
                pool.map(search, [url] * processes, [rows] * processes, range(7, 7 + processes), [count] * processes)
            )
            ended = time.perf_counter()
    done = count * processes
    return {
        "rows": rows, "fill_s": filled - started, "submissions": done, "search_s": ended - begun,
        "per_s": done / (ended - begun), "compared": sum(each for each, _ in parts) / done,
        "found": sum(each for _, each in parts) / done,
    }  # fmt: skip


if __name__ == "__main__":
    report(lambda: measured(int(sys.argv[1]), int(sys.argv[2])))
