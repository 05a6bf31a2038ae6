"""What goes wrong, as Salesforce says it: for a whole call (ApiError) or for one row (RowError)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ApiError(Exception):
    """A call that fails as a whole: answered as a list of one error.

    page: an HTML body instead, as the layers in front of the API answer.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        fields: Sequence[str] = (),
        body: Any = None,
        page: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = tuple(fields)
        self.body = body
        self.page = page
        self.headers = dict(headers or {})

    def answer(self) -> Any:
        """Return the JSON body."""
        if self.body is not None:
            return self.body
        error: dict[str, Any] = {"message": self.message, "errorCode": self.code}
        if self.fields:
            error["fields"] = list(self.fields)
        return [error]


class RowError(Exception):
    """A row that is refused. status: of the answer when it is the call's only row. more: what such an answer adds."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        fields: Sequence[str] = (),
        status: int = 400,
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.fields = tuple(fields)
        self.more = dict(more or {})

    def as_result(self) -> dict[str, Any]:
        """Return the error as it stands in a row of a collection: the code's key is another one there."""
        return {"statusCode": self.code, "message": self.message, "fields": list(self.fields)}

    def as_call(self) -> ApiError:
        """Return the error of a call that was about this row only; `fields` is always there."""
        body = [{**self.more, "message": self.message, "errorCode": self.code, "fields": list(self.fields)}]
        return ApiError(self.status, self.code, self.message, fields=self.fields, body=body)


def deleted(record_id: str) -> RowError:
    return RowError("ENTITY_IS_DELETED", "entity is deleted", status=404)


def no_cross_reference(field: str | None = None) -> RowError:
    """Return the error for an id that leads nowhere; without a field it is the record's own."""
    fields = () if field is None else (field,)
    return RowError(
        "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", fields=fields, status=404 if field is None else 400
    )


def duplicate_value(field: str, record_id: str) -> RowError:
    return RowError(
        "DUPLICATE_VALUE", f"duplicate value found: {field} duplicates value on record with id: {record_id[:15]}"
    )
