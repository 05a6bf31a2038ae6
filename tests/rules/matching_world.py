"""A made-up world of customers and submissions with known truth, to hold the matcher to.

Seeded. Customers stand alone, in groups over several countries, as franchises or as parts of a university or town. Each
is on file one to three times, every time told a little differently; submissions tell it worse: cut, abbreviated,
mistyped, in other letters, by free mail or the partner's own address.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from anyascii import anyascii

from tests.rules.matching_words import COUNTRIES, FREE, HOSTS, PARTNERS, PEOPLE, PRODUCTS, Country

Row = dict[str, Any]
_SHORTER: Final = {
    "Logistics": "Log.",
    "Textiles": "Text.",
    "Analytics": "Analyt.",
    "Trading": "Trdg",
    "Surveyors": "Surv.",
}
_SYLLABLES: Final = (
    "bra",
    "ten",
    "qui",
    "mor",
    "vex",
    "lan",
    "dru",
    "pho",
    "zar",
    "nim",
    "ost",
    "ule",
    "gri",
    "wyn",
    "cal",
    "tev",
)
_UMLAUTS: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ø": "oe", "å": "aa"})


@dataclass
class Body:
    """One customer as it is. family: what related ones share."""

    core: str
    country: Country
    form: tuple[str, ...]
    domain: str
    family: str
    alias: str | None = None
    site: tuple[str, ...] = ()
    street: str = ""
    postal: str = ""
    phone: str = ""
    people: list[str] = field(default_factory=list)


class World:
    """left: submissions; right: what is on file; truth: by both ids, (customer, deal)."""

    def __init__(self, seed: int, customers: int = 300) -> None:
        self.random = Random(seed)
        self.bodies: list[Body] = []
        self._taken: set[str] = set()
        while len(self.bodies) < customers:
            self.bodies += self._family()
        self.right: list[Row] = []
        self.left: list[Row] = []
        self.truth: dict[tuple[str, str], tuple[str, bool]] = {}
        self._held = [(body, self._on_file(body)) for body in self.bodies if self.random.random() < 0.85]
        for body in self.bodies:
            if self.random.random() < 0.6:
                self._submit(body)
        self.random.shuffle(self.left)
        self.random.shuffle(self.right)

    def _family(self) -> list[Body]:
        kind = self.random.choices(
            ("single", "regional", "franchise", "parts", "holding", "twins"), (70, 8, 3, 4, 5, 6)
        )[0]
        return {"single": self._single, "regional": self._regional, "franchise": self._franchise, "parts": self._parts,
                "holding": self._holding, "twins": self._twins}[kind]()  # fmt: skip

    def _body(self, core: str, country: Country, domain: str, family: str) -> Body:
        r = self.random
        national = "".join(r.choice("23456789") for _ in range(9))
        return Body(
            core=core, country=country, form=r.choice(country.forms), domain=domain, family=family,
            site=r.choice(country.cities), street=r.choice(country.roads).format(n=r.randint(1, 240)),
            postal=str(r.randint(10000, 99999)), phone=national, people=r.sample(PEOPLE, 4),
        )  # fmt: skip

    def _core(self, country: Country) -> str:
        """Return the core of a name that no other customer bears."""
        core = self._any_core(country)
        while anyascii(core).lower() in self._taken:
            core = self._any_core(country)
        self._taken.add(anyascii(core).lower())
        return core

    def _any_core(self, country: Country) -> str:
        r = self.random
        kin = (
            r.choice(country.kin)
            if r.random() < 0.55
            else "".join(r.choices(_SYLLABLES, k=r.choice((2, 3, 3, 4)))).title()
        )
        if r.random() < 0.15:
            kin += f" & {r.choice(country.kin)}"
        if r.random() < 0.2:
            kin = f"{kin} {''.join(r.choices(_SYLLABLES, k=2)).title()}"
        trade = r.choice(country.trades)
        return kin + (trade if country.iso == "JP" else f" {trade}") if r.random() < 0.7 or len(kin) < 6 else kin

    def _domain(self, core: str, country: Country) -> str:
        words = re.findall(r"[a-z0-9]+", anyascii(core.lower().translate(_UMLAUTS)).lower()) or ["firm"]
        label = self.random.choice(("".join(words), "-".join(words), words[0] + "group", "".join(words[:2])))
        return f"{label[:30]}{self.random.choice(('', '', '', str(self.random.randint(1, 99))))}.{country.suffix}"

    def _single(self) -> list[Body]:
        country = self.random.choice(COUNTRIES)
        core = self._core(country)
        body = self._body(core, country, self._domain(core, country), core)
        if self.random.random() < 0.12:
            body.alias = "".join(self.random.choices(_SYLLABLES, k=3)).title()
        return [body]

    def _regional(self) -> list[Body]:
        first, *others = self.random.sample(COUNTRIES, 3)
        core = self._core(first)
        domain = self._domain(core, first)
        found = [self._body(core, first, domain, core)]
        for other in others:
            name = f"{core} {other.adjective}" if self.random.random() < 0.5 else core
            own = domain if self.random.random() < 0.5 else f"{domain.split('.')[0]}.{other.suffix}"
            found.append(self._body(name, other, own, core))
        return found

    def _franchise(self) -> list[Body]:
        country = next(each for each in COUNTRIES if each.iso == "US")
        brand = "".join(self.random.choices(_SYLLABLES, k=3)).title() + self.random.choice(("Mart", "Fit", "Wash"))
        names = self.random.choice((lambda n: f"{brand} #{n}", lambda n: f"{brand} {country.cities[n % 4][0]}"))
        return [self._body(names(100 + 7 * n), country, f"{brand.lower()}.com", brand) for n in range(4)]

    def _parts(self) -> list[Body]:
        country = self.random.choice(COUNTRIES)
        place = "".join(self.random.choices(_SYLLABLES, k=3)).title()
        whole, parts = self.random.choice(
            (
                (f"{place} University", ("Faculty of Medicine", "Department of History", "University Library")),
                (f"City of {place}", ("Police Department", "Department of Parks", "Water Authority")),
            )
        )
        domain = f"{place.lower()}.{self.random.choice(('edu', 'gov', country.suffix))}"
        names = [whole, *(f"{whole}{self.random.choice((', ', ' - '))}{part}" for part in parts)]
        found = [self._body(name, country, domain, place) for name in names]
        for each in found:
            each.form = ("",)
        return found

    def _holding(self) -> list[Body]:
        country = self.random.choice(COUNTRIES)
        core = "".join(self.random.choices(_SYLLABLES, k=3)).title()
        domain = self._domain(core, country)
        words = [core, f"{core} Holding", f"{core} {self.random.choice(('Insurance', 'Logistics', 'Energy'))}"]
        return [self._body(word, country, domain, core) for word in words]

    def _twins(self) -> list[Body]:
        one, other = self.random.sample(COUNTRIES, 2)
        core = self._core(one)
        return [self._body(core, each, self._domain(core, each), f"{core}{each.iso}") for each in (one, other)]

    def _name(self, body: Body) -> str:
        form = body.form[0]
        if not form:
            return body.core
        return f"{form} {body.core}" if body.country.is_front else f"{body.core} {form}"

    def _on_file(self, body: Body) -> list[Row]:
        count = self.random.choices((1, 2, 3), (55, 30, 15))[0]
        return [self._row(body, f"exi-{len(self.right):05}", noise=0.35, rows=self.right) for _ in range(count)]

    def _submit(self, body: Body) -> None:
        row = self._row(body, f"sub-{len(self.left):05}", noise=0.9, rows=self.left)
        row["partner"] = self.random.choice(PARTNERS)
        if row["email"] is None and self.random.random() < 0.15:
            row["email"] = f"sales@{row['partner']}"
        for other, rows in self._held:
            if other is body or other.family == body.family:
                for held in rows:
                    is_same = other is body
                    self.truth[row["id"], held["id"]] = (
                        "same" if is_same else "related",
                        is_same and self._deal(row, held),
                    )

    def _deal(self, row: Row, held: Row) -> bool:
        """Make some pairs one deal: the same product, about the same date and amount."""
        if self.random.random() > 0.5 or row.get("dealt"):
            return False
        row["dealt"] = True
        family = next(each for each in PRODUCTS if held["product"] in each)
        row["product"] = self.random.choice(family)
        closes = date.fromisoformat(held["close_date"]) + timedelta(days=self.random.randint(-45, 45))
        row["close_date"] = closes.isoformat()
        if row["amount"] and held["amount"]:
            row["amount"] = round(held["amount"] * self.random.uniform(0.75, 1.3), 2)
        return True

    def _row(self, body: Body, row_id: str, *, noise: float, rows: list[Row]) -> Row:
        r = self.random
        person = r.choice(body.people)
        website, email = self._addresses(body, person, noise)
        row: Row = {
            "id": row_id, "kind": "submission" if noise > 0.5 else r.choice(("opportunity", "lead", "registration")),
            "company": self._told(body, noise), "website": website, "email": email, "contact": person,
            "phone": self._phone(body), "street": self._maybe(self._street(body), 0.6), "state": "",
            "city": self._maybe(r.choice(body.site), 0.8), "postal_code": self._maybe(body.postal, 0.55),
            "country": self._maybe(r.choice(body.country.names), 0.8), "product": r.choice(r.choice(PRODUCTS)),
            "amount": self._maybe(round(r.uniform(2000, 200000), 2), 0.85), "currency": "EUR",
            "close_date": (date(2027, 1, 1) + timedelta(days=r.randint(0, 500))).isoformat(),
        }  # fmt: skip
        if noise > 0.5 and r.random() < 0.1:
            row |= dict.fromkeys(("website", "email", "phone", "street", "postal_code"), None)
        rows.append(row)
        return row

    def _maybe(self, value: Any, chance: float) -> Any:
        if self.random.random() < chance:
            return value
        return self.random.choice((None, None, "", "n/a")) if isinstance(value, str) else None

    def _street(self, body: Body) -> str:
        if self.random.random() < 0.5:
            return body.street
        return (
            body.street.replace("Street", "St").replace("straße", "str.").replace("Avenue", "Ave").replace("Rd", "Road")
        )

    def _phone(self, body: Body) -> str | None:
        r = self.random
        number = body.phone if r.random() < 0.5 else body.phone[:5] + "".join(r.choice("0123456789") for _ in range(4))
        told = r.choice(
            (
                f"+{body.country.code} {number[:3]} {number[3:]}",
                f"0{number}",
                f"+{body.country.code} (0){number}",
                f"0{number[:3]}-{number[3:]} ext. 12",
            )
        )
        return self._maybe(r.choice((told, told, told, told, "0000000000", "123456789")), 0.6)

    def _addresses(self, body: Body, person: str, noise: float) -> tuple[str | None, str | None]:
        r = self.random
        local = person.lower().replace(" ", ".")
        website: str | None = r.choice(("https://www.{}", "{}", "http://{}/contact?x=1", "www.{}/en")).format(
            body.domain
        )
        email: str | None = f"{local}@{body.domain}"
        kind = r.random() / noise
        if kind < 0.08:
            website, email = None, f"{local}@{r.choice(FREE)}"
        elif kind < 0.12:
            website, email = None, f"{local}@{r.choice(HOSTS)}"
        elif kind < 0.17:
            website = r.choice(("n/a", "http://", "none.com", f"{body.domain.split('.')[0]}.wixsite.com"))
            email = None
        elif kind < 0.22:
            website = f"{body.domain.split('.')[0]}.{r.choice(('net', 'eu', 'org'))}"
        return (website, email) if r.random() < 0.6 else (None, email) if r.random() < 0.5 else (website, None)

    def _told(self, body: Body, noise: float) -> str:
        name = self._name(body)
        if self.random.random() > noise:
            return name
        change: Callable[[str, Body], str] = self.random.choice(
            (self._form, self._form, self._bare, self._typo, self._typo, self._latin, self._latin, self._glued, self._case,
             self._note, self._dba, self._short, self._order)
        )  # fmt: skip
        return change(name, body)

    def _form(self, name: str, body: Body) -> str:
        return name.replace(body.form[0], self.random.choice(body.form)) if body.form[0] else name

    def _bare(self, name: str, body: Body) -> str:
        return body.core

    def _typo(self, name: str, body: Body) -> str:
        word = max(body.core.split(), key=len)
        if len(word) < 6 or word.startswith("#"):
            return name
        place = self.random.randint(1, len(word) - 2)
        wrong = self.random.choice(
            (word[:place] + word[place + 1 :], word[:place] + word[place + 1] + word[place] + word[place + 2 :],
             word[:place] + self.random.choice("aeinrst") + word[place + 1 :], word[:place] + word[place] + word[place:])
        )  # fmt: skip
        return name.replace(word, wrong)

    def _latin(self, name: str, body: Body) -> str:
        spelled = name.translate(_UMLAUTS) if self.random.random() < 0.5 else name
        return anyascii(spelled) if body.country.iso != "KR" else self._form(name, body)

    def _glued(self, name: str, body: Body) -> str:
        words = body.core.split()
        return name.replace(body.core, self.random.choice(("", "-")).join(words)) if len(words) == 2 else name

    def _case(self, name: str, body: Body) -> str:
        return self.random.choice(
            (name.upper(), name.lower(), name.replace(" ", "\u00a0"), f" {name} ", name.replace("&", "and"))
        )

    def _note(self, name: str, body: Body) -> str:
        city = body.site[0]
        return name + self.random.choice(
            (f" - {city} office", f" ({city})", " [DUPLICATE]", " - renewal Q3", f" - {city} plant")
        )

    def _dba(self, name: str, body: Body) -> str:
        if body.alias is None:
            return name
        return self.random.choice((f"{name} dba {body.alias}", f"{body.alias} (a trading name of {name})"))

    def _short(self, name: str, body: Body) -> str:
        for long, short in _SHORTER.items():
            name = name.replace(long, short)
        return name

    def _order(self, name: str, body: Body) -> str:
        words = body.core.split()
        return f"{words[-1]}, {' '.join(words[:-1])}" if len(words) > 1 and body.form[0] else name
