"""Every message of the service is sent for its own reason in some story."""

import json

import pytest

from mock_servers.deepgram import CATALOGUE
from mock_servers.deepgram.catalogue import CATALOGUES
from tests.support.stories.deepgram import CALLS, STORIES


def told(path: str) -> list[dict]:
    return [dict(send.body) for name, play in STORIES.items() if name.startswith(path) for send in play()]


@pytest.mark.parametrize("path", ["listen_v1", "listen_v2", "speak_v1", "speak_v2"])
def test_the_stories_of_a_path_tell_all_that_it_has(path: str):
    names = {send.name for story, play in STORIES.items() if story.startswith(path) for send in play()}

    assert names == CATALOGUES[path.replace("_", " ")].server


def test_the_calls_are_those_of_the_catalogue():
    answers = [play() for play in CALLS.values()]

    assert {answer.server_name for answer in answers} == CATALOGUES["rest"].server
    assert {answer.status for answer in answers} == {200}


def test_the_sockets_share_sixteen_names_and_five_calls_stand_beside_them():
    sockets = frozenset().union(*(CATALOGUES[path].server for path in CATALOGUES if path != "rest"))

    assert (len(sockets), len(CATALOGUE.server - sockets)) == (16, 5)


def test_all_events_of_a_turn_are_told():
    events = {message["event"] for message in told("listen_v2") if message["type"] == "TurnInfo"}

    assert events == {"Update", "StartOfTurn", "EagerEndOfTurn", "TurnResumed", "EndOfTurn"}


def test_turns_end_by_each_trigger():
    triggers = {message.get("trigger") for message in told("listen_v2") if message["type"] == "TurnInfo"}

    assert triggers == {None, "model", "manual", "timeout"}


@pytest.mark.parametrize("story", STORIES)
def test_what_goes_over_the_wire_is_what_observers_are_told(story: str):
    texts = [send for send in STORIES[story]() if isinstance(send.payload, str)]

    assert texts
    assert all(json.loads(send.payload) == send.body for send in texts)


@pytest.mark.parametrize("story", STORIES)
def test_equal_stories_are_equal_bytes(story: str):
    assert [send.payload for send in STORIES[story]()] == [send.payload for send in STORIES[story]()]
