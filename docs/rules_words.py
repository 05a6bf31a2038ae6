"""Prose of the rules reference that no setting can tell: how values and conditions are written."""

from __future__ import annotations

from typing import Final

VALUES: Final = """## Values

| | written | means |
|---|---|---|
| length of time | `90 days`, `12 months`, `3 years` | calendar days in the policy's zone, to the end of the last one |
| | `24 h`, `30 min` | exact, whatever the calendar says |
| | `3 business days`, `16 business h`, `30 business min` | by `calendar`; days end at closing time |
| amount | `5000 USD`, `18600.50 EUR` | kept exactly as written |
| percentage | `10 %`, `12.5` | of a hundred |
| date, time | `2026-12-25`, `"09:00"` | in the policy's zone |
| text | `gold`, `NO`, `1.10` | stays as written; `NO` is a country, not false |
| none | `null` | where the table below says "or null" |

A misspelt key is an error, never ignored. Aliases and anchors of YAML are refused: write a value out where it is needed, or
put what differs into a [programme](#programmes).

### Values that differ from case to case

Where the type says **by case**, four ways of writing are understood:

```yaml
length: 90 days                                                        # always
length: {by: partner.tier, "gold, platinum": 120 days, else: 60 days}  # a table by one fact
percent: {band: deal.units, 100..499: 5 %, 500..: 8 %}                 # bands; both ends belong to a band
length:                                                                # conditions, the first that holds
  - when: deal.is_tender and deal.amount > 100000 USD
    then: 180 days
  - else: 90 days
```

Where no line holds, or the fact is unknown and there is no `else`, there is no value: the setting does not apply.

### Named lists

A list whose entries have a name (or a code) may be written as a list with `name:` in each entry, or as a mapping by name.
Where only one thing must be said, `name: value` is enough: `gates: {active: partner.tier is known}`. A list that you write
replaces the built-in one.
"""

CONDITIONS: Final = """## Conditions

A condition is text, such as `deal.amount > 20000 USD and partner.tier in {"gold", "platinum"}`, or several joined:

```yaml
when:
  all:
    - deal.is_tender
    - any: [customer.country == "NO", deal.region == "Nordics"]
    - not: partner.tier == "registered"
```

| | |
|---|---|
| compare | `==` `!=` `<` `<=` `>` `>=`; texts without regard to upper and lower case |
| join | `and`, `or`, `not`, brackets |
| sets | `partner.tier in {"gold", "silver"}`, `"demo" in deal.evidence` |
| unknown | `deal.region is unknown`, `deal.region is known` |
| reckon | `+` `-` `*` `/`, `x if condition else y` |
| values | `5,000 USD`, `90 days`, `3 business days`, `10 %`, `2026-03-01`, `2026-03-01T09:00Z`, `"Gold"`, `true` |

A comparison with an unknown fact is unknown, and so is what depends on it; the rule's setting `unknown` says what that leads
to. Where a rule has no such setting, unknown counts as "does not hold". Amounts in different currencies are compared by the
rate of the day that `rates.at` names; without a rate the comparison is unknown. There are no loops, and no condition can
fail or hang.

In YAML, put a condition into quotes when it stands between `{}` or `[]` and itself holds a bracket, a comma or a colon.
"""
