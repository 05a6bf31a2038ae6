"""What each Salesforce error code means for us: its retry class and our advice, in one table.

Source: Salesforce REST guide, "Status Codes and Error Responses", the SOAP guide's list of status codes, and the OAuth
error codes of the token endpoint. Codes whose meaning depends on the message are settled in errors.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from rules.errors import RetryClass

WAIT: Final = "It is tried again by itself."
OUR_BUG: Final = "This is a defect of Registrar: please report it with the code."
FIX_ROW: Final = "Correct the record or the rule in Salesforce; it is sent again when the record changes."
GRANT: Final = "Grant the integration user access (object, field or record) in Salesforce, then run `registrar doctor`."
_LOGIN: Final = "Check the login in Salesforce and in the configuration, then run `registrar doctor`."
_VERSION: Final = "Set api_version to one that the org answers, then run `registrar doctor`."
_NO_API: Final = "The org allows no API access: a Salesforce administrator must act."
_FULL: Final = "The org's storage is full: a Salesforce administrator must act."
_PAUSE: Final = "The connection pauses and goes on when calls are allowed again."
_FIELD: Final = "Make the field visible and editable for the integration user, or correct the mapping."
_PICKLIST: Final = "Map the value to one that the picklist has for this record type."
_CONVERTED: Final = "The lead was converted: follow its opportunity."
_SMALLER: Final = "It is sent again in smaller batches."
_ADOPT: Final = "Use the record that exists already."
_SEVERAL: Final = "Several records carry this external id: merge them, or clear it on the wrong ones."
_LOCKED: Final = (
    "It was tried again in smaller batches; if this persists, look for other integrations or flows that write to the "
    "same account at the same time."
)
_HELD: Final = "The record is locked, by an approval process perhaps; it is tried again until it is not."
_NOT_THERE: Final = "The record is no longer there, or no longer visible to the integration user."


@dataclass(frozen=True, slots=True)
class Rule:
    """What a code means. is_quiet: Salesforce's text repeats the field's value, so it is not shown."""

    retry_class: RetryClass
    advice: str
    is_quiet: bool = False


_TABLE: Final[tuple[tuple[RetryClass, str, str], ...]] = (
    (
        RetryClass.AUTH,
        _LOGIN,
        "INVALID_SESSION_ID INVALID_AUTH_HEADER INVALID_LOGIN LOGIN_MUST_USE_SECURITY_TOKEN MFA_REQUIRED "
        "TXN_SECURITY_NO_ACCESS TXN_SECURITY_METERING_ERROR TXN_SECURITY_APEX_ERROR TXN_SECURITY_RUNTIME_EXCEPTION "
        "invalid_grant invalid_client invalid_client_id invalid_request unsupported_grant_type unauthorized_client "
        "inactive_user inactive_org invalid_app_access app_not_found",
    ),
    (RetryClass.AUTH, _NO_API, "API_DISABLED_FOR_ORG API_CURRENTLY_DISABLED"),
    (RetryClass.AUTH, _VERSION, "UNSUPPORTED_API_VERSION"),
    (RetryClass.EXHAUSTED, _PAUSE, "REQUEST_LIMIT_EXCEEDED"),
    (RetryClass.THROTTLED, WAIT, "rate_limit_exceeded"),
    (
        RetryClass.PERMISSION,
        GRANT,
        "INSUFFICIENT_ACCESS INSUFFICIENT_ACCESS_OR_READONLY INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY",
    ),
    (
        RetryClass.PERMISSION,
        _FIELD,
        "INVALID_FIELD INVALID_FIELD_FOR_INSERT_UPDATE INVALID_TYPE INVALID_TYPE_FOR_OPERATION",
    ),
    (RetryClass.PERMISSION, _FULL, "STORAGE_LIMIT_EXCEEDED"),
    (
        RetryClass.VALIDATION,
        FIX_ROW,
        "FIELD_CUSTOM_VALIDATION_EXCEPTION FIELD_FILTER_VALIDATION_EXCEPTION CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY "
        "REQUIRED_FIELD_MISSING NUMBER_OUTSIDE_VALID_RANGE MALFORMED_ID FIELD_INTEGRITY_EXCEPTION "
        "INVALID_CROSS_REFERENCE_KEY DELETE_FAILED INACTIVE_OWNER_OR_USER TRANSFER_REQUIRES_READ",
    ),
    (RetryClass.VALIDATION, _PICKLIST, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    (
        RetryClass.VALIDATION,
        FIX_ROW,
        "STRING_TOO_LONG INVALID_EMAIL_ADDRESS JSON_PARSER_ERROR INVALID_TYPE_ON_FIELD_IN_RECORD",
    ),
    (RetryClass.VALIDATION, _CONVERTED, "CANNOT_UPDATE_CONVERTED_LEAD"),
    (RetryClass.VALIDATION, _SMALLER, "OPERATION_TOO_LARGE EXCEEDED_ID_LIMIT LIMIT_EXCEEDED"),
    (RetryClass.DUPLICATE, _ADOPT, "DUPLICATE_VALUE DUPLICATES_DETECTED"),
    (RetryClass.DUPLICATE, _SEVERAL, "DUPLICATE_EXTERNAL_ID"),
    (RetryClass.LOCKED, _LOCKED, "UNABLE_TO_LOCK_ROW"),
    # Innocent rows of a failed unit: certainly not written, so they may simply be sent again.
    (RetryClass.LOCKED, WAIT, "ALL_OR_NONE_OPERATION_ROLLED_BACK PROCESSING_HALTED BATCH_PROCESSING_HALTED"),
    (RetryClass.HELD, _HELD, "ENTITY_IS_LOCKED"),
    (RetryClass.GONE, _NOT_THERE, "ENTITY_IS_DELETED NOT_FOUND"),
    (
        RetryClass.TRANSIENT,
        WAIT,
        "SERVER_UNAVAILABLE UNKNOWN_EXCEPTION APEX_ERROR unknown_error QUERY_TIMEOUT INVALID_QUERY_LOCATOR",
    ),
    (
        RetryClass.BUG,
        OUR_BUG,
        "MALFORMED_QUERY MALFORMED_SEARCH INVALID_QUERY_FILTER_OPERATOR QUERY_TOO_COMPLICATED INVALID_REPLICATION_DATE",
    ),
)
_QUIET: Final = frozenset(
    {"STRING_TOO_LONG", "INVALID_EMAIL_ADDRESS", "JSON_PARSER_ERROR", "INVALID_TYPE_ON_FIELD_IN_RECORD"}
)

# For answers without a code that we know. Not listed: 400 and the like are BUG, 500 and up TRANSIENT.
BY_STATUS: Final[Mapping[int, RetryClass]] = {
    300: RetryClass.DUPLICATE,
    401: RetryClass.AUTH,
    403: RetryClass.PERMISSION,
    404: RetryClass.GONE,
    409: RetryClass.LOCKED,
    410: RetryClass.AUTH,  # the API version is retired
    412: RetryClass.STALE,
    420: RetryClass.TRANSIENT,
    428: RetryClass.STALE,
    429: RetryClass.THROTTLED,
}


def _rules() -> Iterator[tuple[str, Rule]]:
    for retry_class, advice, codes in _TABLE:
        for code in codes.split():
            yield code, Rule(retry_class, advice, code in _QUIET)


RULES: Final[Mapping[str, Rule]] = dict(_rules())
