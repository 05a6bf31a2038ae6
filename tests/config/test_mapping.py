"""The mapping of a connection: the reference with the admin's part laid over it, and every mistake told at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.mapping import load_mapping
from config.source import parse_yaml
from connectors.registry import fields_path
from rules.errors import ConfigError
from rules.fields import FieldType, Stream
from rules.mapping import Access, Compare, Condition, ConnectionMap
from rules.records import Status

REFERENCE = """\
streams:
  users:
    object: User
    fields: {email: Email, name: Name}
  companies:
    object: Account
    fields:
      name: Name
      owner: {field: OwnerId, target: users}
      partner_standing: {field: Standing__c, values: {Good: good, Bad: suspended}}
  submissions:
    object: Deal__c
    external_id: Reg_Id__c
    where:
      - {field: Status__c, not_equals: Draft}
    fields:
      partner: {field: Partner__c, target: companies}
      customer_name: Customer__c
      amount: Amount__c
      products: Products__c
      registration_id: {field: Reg_Id__c, access: both}
      status: {field: Status__c, access: both}
      note: {field: Note__c, access: both}
      reason: {field: Reason__c, access: both, writes: {incomplete: Incomplete, "*": Other}}
    status:
      write:
        {received: New, holding: New, in_review: New, returned: New, registered: Yes, suspended: Yes, won: Won,
         lost: "None", expired: Old, withdrawn: Old, recaptured: Old, superseded: No, refused: No}
      commands: {Yes: approve, No: refuse}
"""


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    path = tmp_path / "fields.yaml"
    path.write_text(REFERENCE, encoding="utf-8")
    return path


def load(reference: Path, overrides: str | None = None) -> ConnectionMap:
    part = parse_yaml(overrides, name="crm.yaml") if overrides is not None else None
    return load_mapping("crm", "salesforce", defaults=reference, overrides=part)


def problems_of(reference: Path, overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load(reference, overrides)
    return [str(each) for each in caught.value.problems]


@pytest.mark.parametrize("kind", ["salesforce", "hubspot"])
def test_the_reference_mapping_of_each_connector_is_sound(kind: str) -> None:
    mapping = load_mapping(kind, kind, defaults=fields_path(kind))

    assert {Stream.SUBMISSIONS, Stream.OPPORTUNITIES, Stream.COMPANIES} <= mapping.streams.keys()
    status = mapping.streams[Stream.SUBMISSIONS].status
    assert status is not None
    assert set(status.write) == set(Status)
    assert "rev" in mapping.streams[Stream.OPPORTUNITIES].writable()


def test_a_mapping_is_read_with_types_places_and_vocabularies(reference: Path) -> None:
    submissions = load(reference).streams[Stream.SUBMISSIONS]

    assert submissions.object_name == "Deal__c"
    assert submissions.where == (Condition(field="Status__c", compare=Compare.NOT_EQUALS, values=("Draft",)),)
    amount = submissions.fields["amount"]
    assert (amount.crm_field, amount.type, amount.access) == ("Amount__c", FieldType.DECIMAL, Access.READ)
    assert str(amount.place) == "salesforce/fields.yaml:19:7"
    assert submissions.fields["partner"].target is Stream.COMPANIES
    assert submissions.fields["reason"].writes == {"incomplete": "Incomplete", "*": "Other"}
    assert submissions.status is not None
    assert submissions.status.write["lost"] == "None"  # a picklist value, not nothing
    assert submissions.status.write["refused"] == "No"  # not false
    assert submissions.status.commands == {"Yes": "approve", "No": "refuse"}


def test_a_field_written_short_moves_and_keeps_the_rest(reference: Path) -> None:
    mapping = load(
        reference, "streams:\n  submissions:\n    fields:\n      status: Stage__c\n      partner: Reseller__c\n"
    )

    fields = mapping.streams[Stream.SUBMISSIONS].fields
    assert (fields["status"].crm_field, fields["status"].access) == ("Stage__c", Access.BOTH)
    assert (fields["partner"].crm_field, fields["partner"].target) == ("Reseller__c", Stream.COMPANIES)
    assert str(fields["status"].place) == "crm.yaml:4:7"
    assert fields["amount"].crm_field == "Amount__c"


def test_an_association_takes_the_place_of_a_field(reference: Path) -> None:
    line = "{association: companies, label: Submitting partner}"
    mapping = load(reference, f"streams: {{submissions: {{fields: {{partner: {line}}}}}}}")

    partner = mapping.streams[Stream.SUBMISSIONS].fields["partner"]
    assert partner.crm_field is None
    assert (partner.association, partner.label) == ("companies", "Submitting partner")
    assert partner.target is Stream.COMPANIES


def test_null_takes_out_a_field_a_condition_and_a_stream(reference: Path) -> None:
    text = "streams: {users: null, submissions: {where: null, fields: {products: null}}}"
    mapping = load(reference, text)

    assert Stream.USERS not in mapping.streams
    assert "products" not in mapping.streams[Stream.SUBMISSIONS].fields
    assert mapping.streams[Stream.SUBMISSIONS].where == ()
    owner = mapping.streams[Stream.COMPANIES].fields["owner"]
    assert (owner.crm_field, owner.target) == ("OwnerId", None)  # the id stays a fact, nothing resolves it


def test_statuses_are_overridden_one_by_one_and_commands_as_a_whole(reference: Path) -> None:
    text = "streams: {submissions: {status: {write: {won: Deal won}, commands: {Deal won: approve}}}}"
    status = load(reference, text).streams[Stream.SUBMISSIONS].status

    assert status is not None
    assert (status.write["won"], status.write["registered"]) == ("Deal won", "Yes")
    assert status.commands == {"Deal won": "approve"}


def test_vocabularies_are_replaced_as_a_whole(reference: Path) -> None:
    text = "streams: {companies: {fields: {partner_standing: {values: {OK: good}}}}}"
    standing = load(reference, text).streams[Stream.COMPANIES].fields["partner_standing"]

    assert (standing.crm_field, standing.values) == ("Standing__c", {"OK": "good"})


def test_inherit_false_starts_a_stream_from_nothing(reference: Path) -> None:
    text = """
streams:
  submissions:
    inherit: false
    object: Lead
    fields: {partner_code: Code__c, customer_name: Company}
"""
    submissions = load(reference, text).streams[Stream.SUBMISSIONS]

    assert submissions.object_name == "Lead"
    assert set(submissions.fields) == {"partner_code", "customer_name"}
    assert (submissions.where, submissions.status, submissions.external_id) == ((), None, None)


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ("streams: {submission: {}}", "streams.submission: is not known here. Did you mean submissions?"),
        ("steams: {}", "steams: is not known here. Did you mean streams?"),
        ("streams: [a]", "streams: is a list; expected a mapping"),
        ("streams: {submissions: {objekt: X}}", "streams.submissions.objekt: is not known here. Did you mean object?"),
        ("streams: {submissions: {object: }}", "streams.submissions: names no object."),
        (
            "streams: {submissions: {fields: {amuont: A__c}}}",
            "streams.submissions.fields.amuont: is not known here. Did you mean amount?",
        ),
        ("streams: {submissions: {fields: {protected: null}}}", "protected: is not known here. Did you mean"),
        ("streams: {submissions: {fields: {note: {access: rite}}}}", "access: is 'rite'. Did you mean write?"),
        ("streams: {submissions: {fields: {note: {feld: A}}}}", "note.feld: is not known here. Did you mean field?"),
        ("streams: {submissions: {fields: {note: [A, B]}}}", "note: is a list; expected a mapping"),
        ("streams: {submissions: {fields: {note: ''}}}", "note.field: is ''; expected text."),
        (
            "streams: {submissions: {fields: {amount: {access: both}}}}",
            "amount.access: is both, but Registrar writes only: decided_at, note,",
        ),
        ("streams: {companies: {fields: {name: {access: write}}}}", "Registrar writes only: nothing in companies."),
        ("streams: {submissions: {fields: {partner: {target: compnies}}}}", "is 'compnies'. Did you mean companies?"),
        (
            "streams: {submissions: {fields: {partner: {target: partners}}}}",
            "is partners, which this connection does not map. Map the stream partners",
        ),
        (
            "streams: {submissions: {fields: {customer: Acc__c}}}",
            "customer: refers to another record and names no target",
        ),
        ("streams: {submissions: {fields: {amount: {target: users}}}}", "has no use on a field of type decimal."),
        (
            "streams: {submissions: {fields: {partner: {field: A, association: b}}}}",
            "has both a field and an association",
        ),
        ("streams: {submissions: {fields: {note: {label: L}}}}", "note.label: is for associations only."),
        ("streams: {submissions: {fields: {amount: {values: {a: b}}}}}", "amount.values: have no use on amount."),
        ("streams: {submissions: {fields: {status: {values: {a: b}}}}}", "Put statuses under the stream's status:."),
        ("streams: {submissions: {fields: {reason: {values: {a: b}}}}}", "Write writes: (ours to the CRM's) instead."),
        (
            "streams: {submissions: {fields: {reason: {writes: {duplicates: D, '*': O}}}}}",
            "reason.writes.duplicates: is no reason family. Did you mean duplicate_registration?",
        ),
        (
            "streams: {submissions: {fields: {reason: {writes: {incomplete: I}}}}}",
            "reason.writes: lacks duplicate_registration, existing_opportunity, not_qualified, existing_customer, other.",
        ),
        ("streams: {companies: {fields: {partner_standing: {values: {A: god}}}}}", "is 'god'. Did you mean good?"),
        (
            "streams: {submissions: {status: {write: {recieved: X}}}}",
            "status.write.recieved: is not known here. Did you mean received?",
        ),
        (
            "streams: {submissions: {status: {write: {won: null}}}}",
            "status.write: lacks won. Each status needs a CRM value",
        ),
        ("streams: {submissions: {status: {commands: {No: refus}}}}", "commands.No: is 'refus'. Did you mean refuse?"),
        ("streams: {submissions: {status: {commands: {No: adopt}}}}", "commands.No: is 'adopt'."),
        ("streams: {submissions: {status: {commands: {No: null}}}}", "commands.No: is empty; expected text."),
        ("streams: {submissions: {status: null}}", "status: is missing although the field status is mapped."),
        ("streams: {submissions: {fields: {status: null}}}", "lacks status although a status map is given."),
        ("streams: {users: {status: {write: {}}}}", "status: has no use here: users carry no registration status."),
        ("streams: {submissions: {external_id: Other__c}}", "but registration_id is mapped to 'Reg_Id__c'"),
        ("streams: {users: {external_id: X}}", "external_id: has no use here"),
        ("streams: {submissions: {fields: {note: Reg_Id__c}}}", "is written to Reg_Id__c, as registration_id is"),
        (
            "streams: {submissions: {fields: {partner: null}}}",
            "lacks one of partner, partner_code, partner_contact_email.",
        ),
        ("streams: {submissions: null}", "maps neither submissions nor opportunities."),
        ("streams: {opportunities: {}}", "streams.opportunities: names no object."),
        ("streams: {submissions: {where: {field: A}}}", "where: is a mapping; expected a list"),
        ("streams: {submissions: {where: [{field: A}]}}", "where[0]: holds 0 comparisons; expected one."),
        ("streams: {submissions: {where: [{field: A, equals: x, in: [y]}]}}", "holds 2 comparisons; expected one."),
        ("streams: {submissions: {where: [{field: A, like: x}]}}", "where[0].like: is not known here."),
        ("streams: {submissions: {where: [{equals: x}]}}", "where[0]: names no field."),
        ("streams: {submissions: {where: [{field: A, in: []}]}}", "where[0].in: is an empty list"),
        ("streams: {submissions: {where: [{field: A, in: x}]}}", "where[0].in: is 'x'; expected a list"),
        ("streams: {submissions: {where: [{field: A, is_set: no}]}}", "where[0].is_set: is 'no'; expected true."),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_nearest_name(reference: Path, overrides: str, expected: str) -> None:
    found = problems_of(reference, overrides)

    assert any(expected in each for each in found), found


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(reference: Path) -> None:
    overrides = """\
streams:
  submissions:
    fields:
      amuont: A__c
      note: {access: rite}
    status:
      write: {recieved: X}
  usres: {}
"""
    found = problems_of(reference, overrides)

    assert [each.split(": ")[0] for each in found] == [
        "crm.yaml:4:7",
        "crm.yaml:5:22",
        "crm.yaml:7:15",
        "crm.yaml:8:3",
    ]


def test_statuses_of_an_opportunity_are_no_commands(reference: Path) -> None:
    overrides = """
streams:
  opportunities:
    object: Opportunity
    fields: {customer: {field: AccountId, target: companies}, status: {field: S__c, access: both}}
    status:
      write: {received: P, holding: P, in_review: P, returned: P, registered: R, suspended: P, won: R, lost: P, expired: P,
              withdrawn: P, recaptured: P, superseded: P, refused: P}
      commands: {R: approve}
"""
    found = problems_of(reference, overrides)

    assert len(found) == 1
    assert "commands: has no use here. Only the status of a submission is a command" in found[0]


def test_opportunity_fields_may_be_written_where_registrar_creates_opportunities(reference: Path) -> None:
    fields = "name: {field: Name, access: both}, customer: {field: AccountId, target: companies, access: both}"
    mapping = load(reference, f"streams: {{opportunities: {{object: Opportunity, fields: {{{fields}}}}}}}")
    assert set(mapping.streams[Stream.OPPORTUNITIES].writable()) == {"name", "customer"}

    found = problems_of(
        reference,
        "streams: {opportunities: {object: O, fields: "
        "{customer: {field: A, target: companies}, is_won: {field: W, access: both}}}}",
    )
    assert "is_won.access" in found[0]
