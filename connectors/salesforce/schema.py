"""What the org shows us of its objects: describe answers, kept for a day.

A field that the integration user may not see is not in the describe answer and fails every query that names it. So the
schema is asked for when a query is refused, and by `doctor`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from connectors.salesforce.client import Client
from connectors.salesforce.soql import name
from rules.errors import PermanentError

KEPT: Final = timedelta(days=1)

Field = Mapping[str, Any]  # one entry of `fields` in a describe answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectSchema:
    """One object's fields, by name and by relationship name."""

    object_name: str
    fields: Mapping[str, Field]
    relations: Mapping[str, Field]

    def find(self, column: str) -> Field | None:
        """Return the field that a column names, in whatever case; for a dotted path the lookup it starts from."""
        if "." in column:
            return self.relations.get(column.partition(".")[0].lower())
        return self.fields.get(column.lower())


class Schema:
    """Describe answers by object."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._kept: dict[str, tuple[datetime, ObjectSchema]] = {}

    def of(self, object_name: str, *, is_fresh: bool = False) -> ObjectSchema:
        """Return an object's schema, at most a day old; is_fresh: ask the org now.

        Raises PermanentError when the object does not exist or is hidden.
        """
        now = self._client.clock.now()
        kept = self._kept.get(object_name)
        if kept is not None and not is_fresh and timedelta() <= now - kept[0] < KEPT:
            return kept[1]
        schema = self._ask(object_name)
        self._kept[object_name] = (now, schema)
        return schema

    def _ask(self, object_name: str) -> ObjectSchema:
        what = f"describe {object_name}"
        answer = self._client.read(
            f"sobjects/{name(object_name)}/describe", purpose="describe", what=what, object_name=object_name
        )
        fields = answer.get("fields") if isinstance(answer, dict) else None
        if not isinstance(fields, list):
            raise self._client.misshapen(what)
        fields = [field for field in fields if isinstance(field, dict) and field.get("name")]
        if not fields:
            raise PermanentError(
                f"{self._client.connection}: no field of {object_name} is visible to the integration user.",
                crm=self._client.connection,
                object_name=object_name,
            )
        return ObjectSchema(
            object_name=object_name,
            fields={str(field["name"]).lower(): field for field in fields},
            relations={
                str(field["relationshipName"]).lower(): field for field in fields if field.get("relationshipName")
            },
        )
