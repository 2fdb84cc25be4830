"""The catalogue agrees with what the other parts tell."""

import importlib

import pytest

from harness.scenario import catalogue
from harness.scenario.mock_settings import SETTINGS
from harness.scenario.model import ProviderName
from harness.trace.vocabulary import CLIENT_TOLD, RUN, WIRE
from mock_servers.base.settings import settings_in
from mock_servers.deepgram.troubles import PROVIDER_ERRORS, error_code
from mock_servers.gemini_live.endings import STATUSES
from mock_servers.gemini_live.troubles import TURN_COMPLETE_REASONS
from mock_servers.serve import settings_of


def test_the_events_of_every_provider_are_those_of_the_trace():
    assert set(catalogue.FIELDS) == {*CLIENT_TOLD, *WIRE, *RUN}


@pytest.mark.parametrize("event", catalogue.FIELDS)
def test_the_known_fields_of_an_event_are_those_of_the_trace(event: str):
    told = {**CLIENT_TOLD, **WIRE, **RUN}[event]

    assert all(field in told for field in catalogue.FIELDS[event])


MOCKS = {
    "deepgram": "mock_servers.deepgram.protocol",
    "gemini-live": "mock_servers.gemini_live.server_messages",
    "openai-realtime": "mock_servers.openai_realtime.catalogue",
}


@pytest.mark.parametrize(("provider", "module"), MOCKS.items())
def test_what_a_mock_sends_can_be_named(provider: ProviderName, module: str):
    catalogued = importlib.import_module(module).CATALOGUE

    assert set(catalogue.SERVER_MESSAGES[provider]) == catalogued.server
    assert set(catalogue.CLIENT_MESSAGES[provider]) == catalogued.client


def test_the_errors_that_can_be_named_are_those_of_the_mocks():
    assert set(catalogue.ERROR_CODES["gemini-live"]) == set(STATUSES)
    assert set(catalogue.FAILURE_CODES["gemini-live"]) == {*STATUSES, *TURN_COMPLETE_REASONS}
    assert {error_code(code) for code in catalogue.ERROR_CODES["deepgram"]} == set(PROVIDER_ERRORS)


@pytest.mark.parametrize("provider", catalogue.PROVIDERS)
def test_the_settings_that_a_scenario_may_change_are_those_of_the_mock(provider: ProviderName):
    there = settings_in(settings_of(provider))

    assert {setting.name: setting.kind for setting in there} == SETTINGS[provider]


@pytest.mark.parametrize("provider", catalogue.PROVIDERS)
def test_every_setting_says_what_it_means(provider: ProviderName):
    assert [setting.name for setting in settings_in(settings_of(provider)) if not setting.meaning] == []


def test_openai_has_46_server_events():
    assert len(catalogue.SERVER_MESSAGES["openai-realtime"]) == 46


@pytest.mark.parametrize("provider", catalogue.PROVIDERS)
def test_no_message_stands_twice(provider):
    assert len(set(catalogue.SERVER_MESSAGES[provider])) == len(catalogue.SERVER_MESSAGES[provider])
    assert len(set(catalogue.CLIENT_MESSAGES[provider])) == len(catalogue.CLIENT_MESSAGES[provider])


def test_an_event_of_one_provider_is_not_one_of_another():
    assert catalogue.who_else("server.goAway") == ("gemini-live",)
    assert "server.goAway" not in catalogue.events("deepgram")
