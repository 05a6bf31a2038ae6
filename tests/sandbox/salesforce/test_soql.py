"""Facts of crm/salesforce.md §3: what SOQL takes, what it refuses and in which words, nulls, case, paging."""

# ruff: noqa: S608 - queries are put together from this file's own words

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from simple_salesforce.exceptions import SalesforceMalformedRequest
from simple_salesforce.format import format_soql

from sandbox.faults import FaultKind
from sandbox.salesforce.ids import make_id
from tests.sandbox.salesforce.conftest import ACME, AMY, BOB, DATA, PARTNER, START, Door, audit, opportunity


@pytest.fixture(autouse=True)
def rows(door: Door) -> None:
    door.org.seed(
        "Opportunity",
        [
            opportunity(1, Name="Alpha", Amount=None, Type=None),
            opportunity(2, START + timedelta(seconds=1), Name="beta 50%", Type="New Business", AccountId=None),
            opportunity(3, START + timedelta(seconds=1), Name='It\'s \\ "q"\nline', Registered_Partner__c=PARTNER),
            opportunity(4, START + timedelta(seconds=2), Name="Äther", StageName="Closed Won", CloseDate="2027-01-01"),
        ],
    )


def numbers(door: Door, where: str) -> list[int]:
    """Return which of the four rows a condition finds."""
    found = door.sf.query(f"SELECT Id FROM Opportunity WHERE {where}")
    return sorted(next(n for n in range(1, 9) if make_id("006", n) == row["Id"]) for row in found["records"])


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Name = 'ALPHA'", [1]),  # text compares without regard to case
        ("name LIKE 'b%'", [2]),  # names may come in any case
        ("Name LIKE '%50\\%'", [2]),
        ("Name LIKE '_lpha'", [1]),
        ("Name = 'It\\'s \\\\ \\\"q\\\"\\nline'", [3]),
        ("Name > 'b'", [2, 3, 4]),
        ("Type = null", [1, 3, 4]),
        ("Type != 'New Business'", [1, 3, 4]),  # != and NOT IN include nulls
        ("Type NOT IN ('New Business')", [1, 3, 4]),
        ("Type IN ('new business', 'x')", [2]),
        ("Amount < 5000", [2, 3, 4]),  # < and > exclude nulls
        ("Amount >= 2000 AND Amount <= 3000.00", [2, 3]),
        ("IsClosed = false AND (Amount = 3000 OR Amount = null)", [1, 3]),
        ("NOT (Name = 'Alpha' OR Name = 'Äther')", [2, 3]),
        ("CloseDate > 2026-12-31", [4]),
        ("SystemModstamp = 2026-03-02T09:00:01Z", [2, 3]),
        ("SystemModstamp > 2026-03-02T10:00:01+01:00", [4]),
        ("SystemModstamp >= 2026-03-02T09:00:01.000Z AND SystemModstamp < 2026-03-02T09:00:02Z", [2, 3]),
        ("CreatedDate = TODAY", [1, 2, 3, 4]),
        ("CloseDate = LAST_N_DAYS:5", []),
        ("CloseDate > NEXT_N_DAYS:200", [4]),
        (f"AccountId = '{ACME[:15]}'", [1, 3, 4]),  # ids of 15 and 18 characters are the same
        ("Account.Name = 'acme'", [1, 3, 4]),
        ("Account.Name = null", [2]),
        ("Registered_Partner__r.Partner_Code__c = 'p-1'", [3]),
        (f"Id IN ('{make_id('006', 1)}','{make_id('006', 4)}')", [1, 4]),
        (
            f"(SystemModstamp = 2026-03-02T09:00:01Z AND Id > '{make_id('006', 2)}') OR "
            "SystemModstamp > 2026-03-02T09:00:01Z",
            [3, 4],
        ),
    ],
)
def test_conditions_find(where: str, expected: list[int], door: Door) -> None:
    assert numbers(door, where) == expected


@pytest.mark.parametrize(
    ("soql", "code", "words"),
    [
        (
            "SELECT Id FROM Opportunity WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
            "MALFORMED_QUERY",
            "unexpected token",
        ),
        ("SELECT * FROM Opportunity", "MALFORMED_QUERY", "unexpected"),
        ("SELECT Id FROM Opportunity WHERE", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id FROM Opportunity WHERE Id IN ()", "MALFORMED_QUERY", "unexpected token: ')'"),
        ("SELECT Id FROM Opportunity WHERE Name = 'a\\x'", "MALFORMED_QUERY", "escape"),
        ("SELECT Id FROM Opportunity WHERE Name = 'open", "MALFORMED_QUERY", "unexpected"),
        ("SELECT Id FROM Opportunity WHERE SystemModstamp > 2026-03-02T09:00:00", "MALFORMED_QUERY", "zone"),
        ("SELECT Id, (SELECT Id FROM OpportunityContactRoles) FROM Opportunity", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Opportunity WHERE Name = Alpha", "MALFORMED_QUERY", "unexpected token: 'Alpha'"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = THIS_FISCAL_YEAR", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Opportunity LIMIT x", "MALFORMED_QUERY", "unexpected token: 'x'"),
        ("SELECT Id FROM Opportunity ORDER BY Description", "MALFORMED_QUERY", "can not be sorted"),
        ("SELECT Id, Nmae FROM Opportunity", "INVALID_FIELD", "No such column 'Nmae' on entity 'Opportunity'"),
        ("SELECT Acount.Name FROM Opportunity", "INVALID_FIELD", "Didn't understand relationship 'Acount'"),
        ("SELECT Id, id FROM Opportunity", "INVALID_FIELD", "duplicate field selected"),
        (
            "SELECT Id FROM Opportunity WHERE SystemModstamp > '2026-03-02T09:00:00Z'",
            "INVALID_FIELD",
            "must be of type dateTime and should not be enclosed in quotes",
        ),
        ("SELECT Id FROM Opportunity WHERE SystemModstamp > 2026-03-02", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Opportunity WHERE CloseDate = '2026-03-02'", "INVALID_FIELD", "must be of type date"),
        ("SELECT Id FROM Opportunity WHERE Name = 5", "INVALID_FIELD", "must be of type string"),
        ("SELECT Id FROM Opportunity WHERE Amount = '5'", "INVALID_FIELD", "should not be enclosed in quotes"),
        ("SELECT Id FROM Opportunity WHERE IsWon = 'true'", "INVALID_FIELD", "must be of type boolean"),
        ("SELECT Id FROM Opportunity WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered"),
        ("SELECT Id FROM Opportunity WHERE Id = 'nonsense'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field"),
        ("SELECT Id FROM Opportunity WHERE Amount LIKE '5%'", "INVALID_FIELD", "must be of type currency"),
        ("SELECT Id FROM Opportunity WHERE IsWon > true", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator"),
        ("SELECT Id FROM Oportunity", "INVALID_TYPE", "sObject type 'Oportunity' is not supported"),
        ("SELECT Id FROM Opportunity OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
        ("SELECT FIELDS(ALL) FROM Opportunity", "MALFORMED_QUERY", "LIMIT"),
        ("SELECT Name, COUNT(Id) FROM Opportunity", "MALFORMED_QUERY", "grouped or aggregated"),
    ],
)
def test_what_is_refused(soql: str, code: str, words: str, door: Door) -> None:
    error = door.refused(soql)

    assert error["errorCode"] == code
    assert words in error["message"]


def test_parents_are_nested_with_attributes_and_null_when_the_lookup_is_empty(door: Door) -> None:
    soql = "SELECT name, ACCOUNT.name, Registered_Partner__r.Name, Owner.Name FROM Opportunity ORDER BY Id LIMIT 3"

    first, second, third = door.query(soql).json()["records"]

    assert list(first) == ["attributes", "Name", "Account", "Registered_Partner__r", "Owner"]
    assert first["attributes"]["url"] == f"{DATA}sobjects/Opportunity/{make_id('006', 1)}"
    assert first["Account"] == {
        "attributes": {"type": "Account", "url": f"{DATA}sobjects/Account/{ACME}"},
        "Name": "Acme",
    }
    assert second["Account"] is None
    assert third["Registered_Partner__r"]["Name"] == "Partner GmbH"
    assert third["Owner"]["Name"] == "Amy"


def test_values_come_as_numbers_booleans_and_texts_with_an_offset_without_colon(door: Door) -> None:
    soql = f"SELECT Amount, IsClosed, CloseDate, SystemModstamp FROM Opportunity WHERE Id = '{make_id('006', 2)}'"

    assert b'"Amount":2000.0,"IsClosed":false,"CloseDate":"2026-06-30"' in door.query(soql).content
    assert door.query(soql).json()["records"][0]["SystemModstamp"] == "2026-03-02T09:00:01.000+0000"


def test_nulls_sort_first_unless_last_is_said(door: Door) -> None:
    def order(by: str) -> list[Any]:
        return [row["Amount"] for row in door.sf.query(f"SELECT Amount FROM Opportunity ORDER BY {by}")["records"]]

    assert order("Amount") == [None, 2000, 3000, 4000]
    assert order("Amount DESC") == [None, 4000, 3000, 2000]
    assert order("Amount DESC NULLS LAST") == [4000, 3000, 2000, None]


def test_several_orders_apply_from_left_to_right(door: Door) -> None:
    found = door.sf.query("SELECT Name FROM Opportunity ORDER BY IsClosed DESC, SystemModstamp DESC, Name")

    assert [row["Name"][:2] for row in found["records"]] == ["Ät", "be", "It", "Al"]


def test_polymorphic_owners_show_their_name_and_type(door: Door) -> None:
    queue = make_id("00G", 1)
    door.org.seed("Group", [{**audit(), "Id": queue, "Name": "Deal Desk", "Type": "Queue"}])
    deal = {**audit(), "Customer_Name__c": "C", "Partner_Account__c": PARTNER, "Status__c": "Submitted"}
    door.org.seed(
        "Deal_Registration__c",
        [
            {**deal, "Id": make_id("a0B", 1), "OwnerId": queue, "Products__c": "Analytics;Storage"},
            {**deal, "Id": make_id("a0B", 2), "OwnerId": AMY, "Products__c": "Storage"},
        ],
    )

    found = door.sf.query("SELECT Owner.Name, Owner.Type FROM Deal_Registration__c ORDER BY Id")["records"]
    both = door.sf.query("SELECT Id FROM Deal_Registration__c WHERE Products__c INCLUDES ('Analytics;Storage')")
    either = door.sf.query("SELECT Id FROM Deal_Registration__c WHERE Products__c INCLUDES ('Network','Storage')")

    assert [(row["Owner"]["Name"], row["Owner"]["Type"]) for row in found] == [("Deal Desk", "Group"), ("Amy", "User")]
    assert (both["totalSize"], either["totalSize"]) == (1, 2)
    assert door.refused("SELECT Owner.ManagerId FROM Deal_Registration__c")["errorCode"] == "INVALID_FIELD"


def test_count_and_aggregates(door: Door) -> None:
    counted = door.query("SELECT COUNT() FROM Opportunity WHERE IsClosed = false").json()
    grouped = door.query("SELECT StageName, COUNT(Id) n, MAX(Amount) FROM Opportunity GROUP BY StageName").json()

    assert counted == {"totalSize": 3, "done": True, "records": []}
    assert grouped["records"] == [
        {"attributes": {"type": "AggregateResult"}, "StageName": "Prospecting", "n": 3, "expr0": 3000.0},
        {"attributes": {"type": "AggregateResult"}, "StageName": "Closed Won", "n": 1, "expr0": 4000.0},
    ]


def test_a_hidden_field_fails_the_whole_query_as_if_it_did_not_exist(door: Door) -> None:
    door.org.restrict("Opportunity", "Amount", hidden=True)

    assert "No such column 'Amount'" in door.refused("SELECT Id, Amount FROM Opportunity")["message"]
    assert door.refused("SELECT Id FROM Opportunity WHERE Amount > 5")["errorCode"] == "INVALID_FIELD"
    assert "Amount" not in door.sf.query("SELECT FIELDS(ALL) FROM Opportunity LIMIT 1")["records"][0]


def test_a_field_can_be_forbidden_for_one_query(door: Door) -> None:
    door.faults.plan(FaultKind.FIELD_FORBIDDEN, match="GET /services/data/v66.0/query", field="Amount")

    assert "No such column 'Amount'" in door.refused("SELECT Id, Amount FROM Opportunity")["message"]
    assert door.query("SELECT Id, Amount FROM Opportunity").status_code == 200


def test_a_single_currency_org_has_no_currency_field(door: Door) -> None:
    door.org.remove_field("Opportunity", "CurrencyIsoCode")

    assert door.refused("SELECT CurrencyIsoCode FROM Opportunity")["errorCode"] == "INVALID_FIELD"


def test_literals_of_the_library_are_understood(door: Door) -> None:
    name = 'It\'s \\ "q"\nline'
    soql = format_soql("SELECT Id FROM Opportunity WHERE Name = {} AND SystemModstamp > {}", name, START)

    assert door.sf.query(soql)["totalSize"] == 1
    with pytest.raises(SalesforceMalformedRequest):
        door.sf.query(format_soql("SELECT Id FROM Opportunity WHERE Id IN {}", []))


# --- pages ---------------------------------------------------------------------------------------------------------------


def test_pages_hold_2000_rows_and_a_locator_can_be_asked_again(door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(n, START) for n in range(1, 4502)])

    first = door.query("SELECT Id FROM Opportunity").json()
    second = door.call("GET", first["nextRecordsUrl"]).json()
    again = door.call("GET", first["nextRecordsUrl"]).json()
    third = door.call("GET", second["nextRecordsUrl"]).json()

    assert (first["totalSize"], first["done"], len(first["records"])) == (4501, False, 2000)
    assert second == again
    assert (third["done"], len(third["records"]), third["totalSize"]) == (True, 501, 4501)
    assert len({row["Id"] for page in (first, second, third) for row in page["records"]}) == 4501
    assert len(list(door.sf.query_all_iter("SELECT Id FROM Opportunity WHERE Amount > 1"))) == 4501


@pytest.mark.parametrize(("asked", "got"), [("200", 200), ("50", 200), ("5000", 2000), ("500", 500)])
def test_the_batch_size_header_is_kept_between_200_and_2000(asked: str, got: int, door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(n, START) for n in range(1, 2600)])

    page = door.query("SELECT Id FROM Opportunity", headers={"Sforce-Query-Options": f"batchSize={asked}"}).json()

    assert len(page["records"]) == got


def test_cursors_live_two_days_and_a_lost_one_is_an_invalid_locator(door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(n, START) for n in range(1, 2600)])
    url = door.query("SELECT Id FROM Opportunity").json()["nextRecordsUrl"]

    alive = door.call("GET", url).status_code
    door.faults.plan(FaultKind.CURSOR_EXPIRED, match="query/0r8")
    lost = [door.call("GET", url), door.call("GET", url), door.call("GET", "query/0r8nonsense-2000")]
    url = door.query("SELECT Id FROM Opportunity").json()["nextRecordsUrl"]
    for _ in range(49):
        door.clock.advance(3600)
        door.call("GET", "limits")  # keeps the session
    lost.append(door.call("GET", url))

    assert alive == 200
    assert [(each.status_code, each.json()[0]["errorCode"]) for each in lost] == [(400, "INVALID_QUERY_LOCATOR")] * 4


def test_a_keyset_walks_through_more_rows_of_one_second_than_a_page_holds(door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(n, START) for n in range(1, 4502)])
    seen: list[str] = []
    where = "SystemModstamp >= 2026-01-01T00:00:00Z"
    while True:
        soql = f"SELECT Id, SystemModstamp FROM Opportunity WHERE {where} ORDER BY SystemModstamp, Id LIMIT 2000"
        page = door.sf.query(soql)["records"]
        seen += [row["Id"] for row in page]
        if len(page) < 2000:
            break
        last, stamp = page[-1]["Id"], page[-1]["SystemModstamp"].replace("+0000", "Z")
        where = f"((SystemModstamp = {stamp} AND Id > '{last}') OR SystemModstamp > {stamp}) AND IsDeleted = false"

    assert seen == [make_id("006", n) for n in range(1, 4502)]


def test_rows_may_vanish_between_pages_while_the_total_stays(door: Door) -> None:
    door.org.seed("Opportunity", [opportunity(n, START) for n in range(1, 2600)])
    first = door.query("SELECT Id FROM Opportunity WHERE Amount > 1").json()
    door.org.delete("Opportunity", make_id("006", 2500), by=AMY)

    second = door.call("GET", first["nextRecordsUrl"]).json()

    assert (second["totalSize"], len(second["records"])) == (2599, 598)


def test_fewer_rows_than_asked_come_with_the_way_to_the_rest(door: Door) -> None:
    door.faults.plan(FaultKind.RESULTS_FEWER, match="query", rows=3)

    page = door.query("SELECT Id FROM Opportunity LIMIT 2000").json()
    rest = door.call("GET", page["nextRecordsUrl"]).json()

    assert (page["done"], len(page["records"]), len(rest["records"])) == (False, 3, 1)


def test_users_are_asked_like_any_object_and_have_no_bin(door: Door) -> None:
    inactive = door.sf.query("SELECT Id, Email FROM User WHERE IsActive = false")

    assert [row["Id"] for row in inactive["records"]] == [BOB]
    assert "IsDeleted" in door.refused("SELECT IsDeleted FROM User")["message"]
