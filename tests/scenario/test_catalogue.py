"""The catalogue agrees with what the other parts tell."""

import pytest

from harness.scenario import catalogue
from harness.trace.vocabulary import CLIENT_TOLD, RUN, WIRE


def test_the_events_of_every_provider_are_those_of_the_trace():
    assert set(catalogue.FIELDS) == {*CLIENT_TOLD, *WIRE, *RUN}


@pytest.mark.parametrize("event", catalogue.FIELDS)
def test_the_known_fields_of_an_event_are_those_of_the_trace(event: str):
    told = {**CLIENT_TOLD, **WIRE, **RUN}[event]

    assert all(field in told for field in catalogue.FIELDS[event])


def test_openai_has_46_server_events():
    assert len(catalogue.SERVER_MESSAGES["openai-realtime"]) == 46


@pytest.mark.parametrize("provider", catalogue.PROVIDERS)
def test_no_message_stands_twice(provider):
    assert len(set(catalogue.SERVER_MESSAGES[provider])) == len(catalogue.SERVER_MESSAGES[provider])
    assert len(set(catalogue.CLIENT_MESSAGES[provider])) == len(catalogue.CLIENT_MESSAGES[provider])


def test_an_event_of_one_provider_is_not_one_of_another():
    assert catalogue.who_else("server.goAway") == ("gemini-live",)
    assert "server.goAway" not in catalogue.events("deepgram")
