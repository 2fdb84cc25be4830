"""Addresses in what clients say: by the endpoint's name, and never with a port."""

from __future__ import annotations

from harness.runner.endpoint_names import EndpointNames

NAMES = EndpointNames({"session": ("127.0.0.1", 40002), "rest": ("127.0.0.1", 40004)})


def test_the_address_of_an_endpoint_is_its_name() -> None:
    assert NAMES.in_text("could not reach 127.0.0.1:40002") == "could not reach <session>"


def test_a_url_keeps_its_scheme_and_its_path() -> None:
    assert NAMES.in_text("http://localhost:40004/v1/speak?a=1") == "http://<rest>/v1/speak?a=1"


def test_an_address_as_python_shows_it_is_known() -> None:
    told = "[Errno 111] Connect call failed ('127.0.0.1', 40002)"

    assert NAMES.in_text(told) == "[Errno 111] Connect call failed <session>"


def test_a_port_that_belongs_to_no_endpoint_is_left_out() -> None:
    assert NAMES.in_text("127.0.0.1:51234 > 127.0.0.1:40002") == "127.0.0.1:<port> > <session>"


def test_a_longer_number_is_not_taken_for_the_port() -> None:
    assert NAMES.in_text("127.0.0.1:400021") == "127.0.0.1:400021"


def test_texts_are_found_at_any_depth() -> None:
    told = {"causes": [{"text": "127.0.0.1:40002 is gone"}], "attempts": 5}

    assert NAMES.in_value(told) == {"causes": [{"text": "<session> is gone"}], "attempts": 5}


def test_what_names_no_address_stays_as_it_is() -> None:
    assert (
        NAMES.in_text("could not reach 127.0.0.1: Connection refused")
        == "could not reach 127.0.0.1: Connection refused"
    )
