"""Say why a call got no answer, in words that tell an operator what to check.

Told by the kind of the error and of what it wraps, never by its text, which may quote addresses with secrets in them. The
kinds are those of requests, urllib3 and the socket underneath.
"""

from __future__ import annotations

from typing import Final

_WRAPPED_MAX: Final = 12
# Of the libraries underneath (requests, urllib3, socket), the most telling kind first.
_UNANSWERED: Final = (
    ("ProxyError", "the proxy refuses or does not answer"),
    ("TlsError", "no secure connection can be made (is its certificate trusted, or does a proxy answer?)"),
    ("NameResolutionError", "its name is not known"),
    ("gaierror", "its name is not known"),
    ("ConnectTimeoutError", "no connection within the time allowed"),
    ("ConnectTimeout", "no connection within the time allowed"),
    ("ConnectionRefusedError", "it refuses the connection"),
    ("NewConnectionError", "no connection can be made"),
    ("ReadTimeoutError", "no answer within the time allowed"),
    ("ReadTimeout", "no answer within the time allowed"),
    ("TimeoutError", "no answer within the time allowed"),
)
_UNREACHED: Final = frozenset(kind for kind, _ in _UNANSWERED[:8])


def why_unanswered(error: BaseException) -> str:
    """Return in words why a call got no answer, told by the kind of the error and of what it wraps, never by its text."""
    kinds = {type(each).__name__ for each in _wrapped(error)}
    return next((words for kind, words in _UNANSWERED if kind in kinds), "the connection was cut")


def is_unreached(error: BaseException) -> bool:
    """Tell whether not even a connection was made."""
    return any(type(each).__name__ in _UNREACHED for each in _wrapped(error))


def unreached_words(host: str | None, error: BaseException) -> str:
    """Return what to tell about a host that cannot be reached, and what to check."""
    return (
        f"{host or 'the host'} cannot be reached: {why_unanswered(error)}. Check the address (url in registrar.yaml), DNS, "
        "proxy and firewall. It is tried again by itself."
    )


def _wrapped(error: BaseException | None) -> list[BaseException]:
    """Return an error and what it was made from: the client libraries wrap each other's three deep."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting and len(found) < _WRAPPED_MAX:
        each = waiting.pop()
        if isinstance(each, BaseException) and each not in found:
            found.append(each)
            waiting += [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
    return found
