"""Why a call got no answer is said in words, whatever the libraries wrapped it in."""

from __future__ import annotations

import socket

import pytest
import requests
import urllib3

from connectors.unanswered import is_unreached, unreached_words, why_unanswered


def failed(url: str) -> requests.RequestException:
    with pytest.raises(requests.RequestException) as caught:
        requests.get(url, timeout=2, proxies={"http": ""})
    return caught.value


def test_a_host_that_refuses_is_named_with_what_to_check() -> None:
    with socket.socket() as taken:  # bound and not listening: nobody answers there
        taken.bind(("127.0.0.1", 0))
        error = failed(f"http://127.0.0.1:{taken.getsockname()[1]}/")

    assert is_unreached(error)
    told = unreached_words("acme.my.salesforce.com", error)
    assert told.startswith("acme.my.salesforce.com cannot be reached: it refuses the connection. Check the address")
    assert "Error" not in told


def test_a_name_that_is_not_known() -> None:
    error = urllib3.exceptions.NameResolutionError("host", None, socket.gaierror(-2, "no"))  # type: ignore[arg-type]

    assert is_unreached(error)
    assert why_unanswered(error) == "its name is not known"


def test_an_answer_that_was_cut_is_not_a_host_out_of_reach() -> None:
    error = requests.exceptions.ChunkedEncodingError(urllib3.exceptions.ProtocolError("cut"))

    assert not is_unreached(error)
    assert why_unanswered(error) == "the connection was cut"


def test_an_answer_that_does_not_come() -> None:
    assert not is_unreached(requests.exceptions.ReadTimeout())
    assert why_unanswered(requests.exceptions.ReadTimeout()) == "no answer within the time allowed"
