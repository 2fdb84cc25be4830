"""Everything that the mock can say is said for its true reason in one of the stories."""

import json

import pytest

from mock_servers.openai_realtime.beta.catalogue import BETA_SERVER_TYPES
from mock_servers.openai_realtime.catalogue import SERVER_TYPES
from tests.support.stories.openai_realtime import BETA_STORIES, STORIES, Story


def said_in(stories: dict[str, Story]) -> set[str]:
    return {send.name for story in stories.values() for send in story()}


def test_all_46_events_are_said():
    assert said_in(STORIES) == set(SERVER_TYPES)


def test_all_34_events_of_the_beta_are_said():
    assert said_in(BETA_STORIES) == set(BETA_SERVER_TYPES)


@pytest.mark.parametrize("name", STORIES)
def test_every_event_of_a_session_has_an_id_of_its_own(name):
    ids = [json.loads(send.payload).get("event_id") for send in STORIES[name]()]
    told = [event_id for event_id in ids if event_id is not None]

    assert len(set(told)) == len(told)


@pytest.mark.parametrize("name", STORIES)
def test_a_story_is_told_in_the_same_bytes_again(name):
    assert [send.payload for send in STORIES[name]()] == [send.payload for send in STORIES[name]()]


@pytest.mark.parametrize("name", STORIES)
def test_all_events_are_text(name):
    assert all(isinstance(send.payload, str) for send in STORIES[name]())
