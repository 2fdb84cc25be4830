"""One connection of a replay says what was said, each as long after what it followed as then."""

from __future__ import annotations

import base64
import json

import pytest

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Abort, Action, Answer, Close, Heard, Ready, Request, Send, Session, Vendor
from mock_servers.base.trouble import GoAway, Unsupported
from mock_servers.base.voice import AGENT_STREAM, coded
from mock_servers.replayed import Mark, Replayed, Say, Step
from mock_servers.replayed.payloads import payload
from mock_servers.replayed.steps import PATIENCE_S, Deed
from mock_servers.serve import vendor

REQUEST = Request(
    method="GET",
    path="/v1/realtime",
    query=(("model", "gpt-realtime"),),
    headers=(("authorization", "Bearer sk-0123456789"),),
    is_upgrade=True,
)
UPDATE = json.dumps({"type": "session.update", "session": {"type": "realtime", "instructions": "Be brief."}})


def todays(name: str = "openai-realtime") -> Vendor:
    return vendor(name, Conversation(seed=0, reply_after_s=0.3))


def opened(*steps: Step, reached: list[int] | None = None) -> Session:
    replayed = Replayed(todays(), reached=(reached if reached is not None else []).append)
    replayed.expect(steps)
    session = replayed.asked(REQUEST, 0.0)
    assert not isinstance(session, Answer), session
    return session


def say(name: str, at_s: float, awaits: tuple[str, int] | None = None, after_s: float = 0.0) -> Step:
    return Step(deed=Say(name=name, body={"type": name}), at_s=at_s, awaits=awaits, after_s=after_s)


def names(actions: list[Action]) -> list[str]:
    return [action.name for action in actions if isinstance(action, Send)]


def test_what_is_due_at_once_is_said_at_the_opening():
    session = opened(say("session.created", 0.0), say("later", 1.0))

    assert names(session.opened(10.0)) == ["session.created"]


def test_what_is_due_later_is_said_then():
    session = opened(say("later", 1.0))
    session.opened(10.0)

    assert names(session.passed(10.5)) == []
    assert names(session.passed(11.0)) == ["later"]


def test_what_followed_a_message_waits_for_it():
    session = opened(say("session.updated", 0.5, ("session.update", 1), 0.25))
    session.opened(0.0)
    assert names(session.passed(2.0)) == []

    heard = session.received(UPDATE, 3.0)

    assert [action.name for action in heard if isinstance(action, Heard)] == ["session.update"]
    assert names(session.passed(3.25)) == ["session.updated"]


def test_a_message_that_never_comes_is_waited_for_no_longer_than_that():
    session = opened(say("session.updated", 0.5, ("session.update", 1), 0.25))
    session.opened(0.0)

    assert names(session.passed(0.5 + PATIENCE_S - 0.01)) == []
    assert names(session.passed(0.5 + PATIENCE_S)) == ["session.updated"]


def test_what_the_client_says_is_answered_by_nobody_else():
    """The vendor's own session understands it, and would have confirmed the update."""
    session = opened()
    session.opened(0.0)

    assert names(session.received(UPDATE, 1.0)) == []


def test_frames_are_understood_also_after_the_vendor_would_have_hung_up():
    """A message that is far too long ends OpenAI's session, and would not end this one."""
    session = opened()
    session.opened(0.0)

    assert not any(isinstance(action, Close) for action in session.received("x" * 20_000_000, 1.0))
    assert [action.name for action in session.received(UPDATE, 2.0) if isinstance(action, Heard)] == ["session.update"]


def test_a_mark_is_reached_when_all_before_it_is_on_its_way():
    reached: list[int] = []
    session = opened(say("a", 1.0), Step(deed=Mark(number=7), at_s=1.0), say("b", 1.0), reached=reached)
    session.opened(0.0)

    assert names(session.passed(1.0)) == ["a"]
    assert reached == []
    assert names(session.passed(1.0)) == ["b"]
    assert reached == [7]


@pytest.mark.parametrize("deed", [Ready(resumed=True), Close(code=1011, reason="later"), Abort(reset=True)])
def test_all_else_is_done_as_it_was(deed: Deed):
    assert opened(Step(deed=deed, at_s=0.0)).opened(0.0) == [deed]


def test_audio_is_made_again_from_its_positions():
    delta = Say(name="response.output_audio.delta", body={"type": "response.output_audio.delta"}, audio=((800, 1600),))
    (sent,) = opened(Step(deed=delta, at_s=0.0)).opened(0.0)

    assert isinstance(sent, Send)
    assert sent.audio == coded(AGENT_STREAM, 800, 1600)
    assert base64.b64decode(json.loads(sent.payload)["delta"]) == sent.audio


def test_a_garbled_message_is_cut_off_again():
    (sent,) = opened(Step(deed=Say(name="error", body={"type": "error"}, garbled=True), at_s=0.0)).opened(0.0)

    assert isinstance(sent, Send)
    assert sent.payload == '{"type":'


def test_a_replay_has_no_troubles_of_its_own():
    with pytest.raises(Unsupported, match="it does what was done then"):
        opened().troubled(GoAway(time_left_s=1), 0.0)


def test_an_upgrade_that_the_vendor_refuses_is_refused():
    replayed = Replayed(todays(), reached=[].append)

    refused = replayed.asked(Request(method="GET", path="/v1/nowhere", is_upgrade=True), 0.0)

    assert isinstance(refused, Answer)


@pytest.mark.parametrize(
    ("name", "body", "message"),
    [
        ("serverContent", {"turnComplete": True}, {"serverContent": {"turnComplete": True}}),
        ("serverContent", {"usageMetadata": {"a": 1}}, {"serverContent": {}, "usageMetadata": {"a": 1}}),
        ("usageMetadata", {"a": 1}, {"usageMetadata": {"a": 1}}),
        ("goAway", {"goAway": {"timeLeft": "1s"}}, {"goAway": {"timeLeft": "1s"}}),
        (
            "serverContent",
            {"modelTurn": {"parts": [{"text": "hello"}, {"inlineData": {"mimeType": "audio/pcm"}}]}},
            {"serverContent": {"modelTurn": {"parts": [{"text": "hello"}, {"inlineData": {"mimeType": "audio/pcm", "data": "AAE="}}]}}},
        ),
    ],
)  # fmt: skip
def test_a_message_of_gemini_is_in_its_envelope_again(name: str, body: dict[str, object], message: dict[str, object]):
    assert json.loads(payload(todays("gemini-live"), name, body, b"\x00\x01")) == message


def test_speech_of_deepgram_is_a_binary_frame_again():
    assert payload(todays("deepgram"), "Audio", {"bytes": 2}, b"\x00\x01") == b"\x00\x01"
