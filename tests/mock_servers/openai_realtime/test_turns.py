"""The caller's turns: what is heard in their audio, and what becomes of it."""

import base64

import pytest

from mock_servers.base.conversation import Conversation
from mock_servers.base.voice import coded
from mock_servers.openai_realtime.semantic_vad import patience_s
from mock_servers.openai_realtime.sound import from_wire, to_wire
from tests.support.realtime_story import SPOKEN_RESPONSE, Story, configured, error, kinds, only, openai


def test_a_spoken_turn_is_told_in_the_recorded_order():
    story = Story()
    story.is_silent(1.0)
    story.says(1.0)
    story.is_silent(0.3)
    story.passes(10)

    assert [kind for kind in kinds(story.messages) if not kind.endswith(".delta")] == [
        "session.created",
        "input_audio_buffer.speech_started",
        "input_audio_buffer.speech_stopped",
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        *SPOKEN_RESPONSE,
    ]


def test_a_turn_has_one_item_id_from_its_start_to_its_item():
    story = Story()
    story.says(1.0)
    story.is_silent(0.3)
    ids = {m["item_id"] for m in story.messages if m["type"].startswith("input_audio_buffer.")}
    added = only([m for m in story.messages if m["type"] == "conversation.item.added"], "conversation.item.added")

    assert ids == {added["item"]["id"]}


def test_turn_times_are_those_of_the_sessions_audio():
    story = Story()
    story.is_silent(1.0)
    story.says(1.0)
    story.is_silent(0.3)

    assert only(story.messages, "input_audio_buffer.speech_started")["audio_start_ms"] == 700
    assert only(story.messages, "input_audio_buffer.speech_stopped")["audio_end_ms"] == 2200


def test_the_callers_words_are_written_down_where_that_was_asked_for():
    story = configured(audio={"input": {"transcription": {"model": "gpt-4o-transcribe"}}})
    story.says(1.0)
    story.is_silent(0.3)
    story.passes(10)
    completed = only(story.messages, "conversation.item.input_audio_transcription.completed")
    deltas = [m["delta"] for m in story.messages if m["type"].endswith("input_audio_transcription.delta")]

    assert completed["transcript"] == " ".join(Conversation(seed=1).word(cell) for cell in range(4))
    assert "".join(deltas) == completed["transcript"]


def test_nothing_is_written_down_where_nobody_asked():
    story = Story()
    story.says(1.0)
    story.is_silent(0.3)
    story.passes(10)

    assert not [m for m in story.messages if "input_audio_transcription" in m["type"]]


def test_an_append_is_never_acknowledged():
    assert Story().is_silent(1.0) == []


def test_an_append_is_heard_with_its_audio():
    story = Story()
    story.says(0.02)

    assert story.heard[-1].audio == coded(1, 0, 960)
    assert "audio" not in story.heard[-1].body


def test_a_caller_who_interrupts_ends_the_response():
    story = Story()
    story.client("response.create")
    story.passes(0.5)
    told = story.says(0.02)

    assert kinds(told)[0] == "input_audio_buffer.speech_started"
    details = only(told, "response.done")["response"]["status_details"]
    assert details == {"type": "cancelled", "reason": "turn_detected"}


def test_a_response_that_may_not_be_interrupted_goes_on():
    story = configured(audio={"input": {"turn_detection": {"interrupt_response": False}}})
    story.client("response.create")
    story.passes(0.5)
    story.says(0.5)
    story.passes(5)

    assert only(story.messages, "response.done")["response"]["status"] == "completed"


def test_a_turn_without_create_response_is_not_answered():
    story = configured(audio={"input": {"turn_detection": {"create_response": False}}})
    story.says(1.0)
    story.is_silent(0.3)
    story.passes(10)

    assert kinds(story.messages)[-1] == "conversation.item.done"


def test_without_turn_detection_the_client_commits():
    story = configured(audio={"input": {"turn_detection": None}})
    quiet = story.says(1.0) + story.is_silent(2.0)
    told = story.client("input_audio_buffer.commit")

    assert quiet == []
    assert kinds(told) == ["input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"]


def test_less_than_100_ms_cannot_be_committed():
    story = configured(audio={"input": {"turn_detection": None}})
    story.says(0.08)
    refused = error(story.client("input_audio_buffer.commit"))

    assert refused["code"] == "input_audio_buffer_commit_empty"
    assert "80.00ms" in refused["message"]


def test_a_cleared_buffer_is_empty():
    story = configured(audio={"input": {"turn_detection": None}})
    story.says(1.0)

    assert kinds(story.client("input_audio_buffer.clear")) == ["input_audio_buffer.cleared"]
    assert error(story.client("input_audio_buffer.commit"))["code"] == "input_audio_buffer_commit_empty"


# On the telephone line.


def on_the_line(kind: str) -> Story:
    fmt = {"type": kind}
    return configured(audio={"input": {"format": fmt, "turn_detection": None}, "output": {"format": fmt}})


def append(story: Story, data: bytes) -> list[dict]:
    return story.client("input_audio_buffer.append", audio=base64.b64encode(data).decode())


@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
def test_g711_is_eight_bytes_a_millisecond(kind):
    story = on_the_line(kind)
    append(story, bytes(8 * 80))
    refused = error(story.client("input_audio_buffer.commit"))

    assert "80.00ms" in refused["message"]


@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
def test_g711_is_answered_in_g711(kind):
    story = on_the_line(kind)
    response = story.client("response.create") + story.passes(10)
    data = b"".join(base64.b64decode(m["delta"]) for m in response if m["type"] == "response.output_audio.delta")
    words = only(response, "response.output_audio_transcript.done")["transcript"].split()

    assert len(data) == 2_000 * len(words)
    assert only(response, "response.done")["response"]["audio"]["output"]["format"] == {"type": kind}


@pytest.mark.parametrize("kind", ["audio/pcmu", "audio/pcma"])
def test_g711_comes_back_as_it_was_sent(kind):
    story = on_the_line(kind)
    sent = to_wire(from_wire(bytes(range(256)) * 10, kind), kind)
    append(story, sent)
    item_id = story.client("input_audio_buffer.commit")[0]["item_id"]
    item = only(story.client("conversation.item.retrieve", item_id=item_id), "conversation.item.retrieved")["item"]

    assert base64.b64decode(item["content"][0]["audio"]) == sent


def test_g711_can_be_truncated_to_the_millisecond():
    story = on_the_line("audio/pcmu")
    item = only(story.client("response.create") + story.passes(10), "response.output_item.done")["item"]
    story.client("conversation.item.truncate", item_id=item["id"], content_index=0, audio_end_ms=500)
    shown = story.client("conversation.item.retrieve", item_id=item["id"])[0]["item"]

    assert len(base64.b64decode(shown["content"][0]["audio"])) == 4_000


def test_turns_are_heard_in_g711():
    story = configured(audio={"input": {"format": {"type": "audio/pcmu"}}})
    loud, quiet = bytes([0x10, 0x90]) * 4_000, b"\xff" * 4_000
    told = append(story, quiet) + append(story, loud) + append(story, quiet)

    assert only(told, "input_audio_buffer.speech_started")["audio_start_ms"] == 200
    assert only(told, "input_audio_buffer.speech_stopped")["audio_end_ms"] == 1700


# Silence.


def idle_story(idle_timeout_ms: int = 5000) -> Story:
    detection = {"type": "server_vad", "idle_timeout_ms": idle_timeout_ms}
    story = configured(audio={"input": {"turn_detection": detection}})
    story.client("response.create")
    return story


def test_a_caller_who_stays_silent_is_asked_again():
    story = idle_story()
    told = story.is_silent(12)

    assert [kind for kind in kinds(told) if kind.startswith("input_audio_buffer")] == [
        "input_audio_buffer.timeout_triggered",
        "input_audio_buffer.committed",
    ]
    assert kinds(told).count("response.created") == 1


def test_silence_is_counted_from_when_the_agent_was_heard_to_the_end():
    story = idle_story()
    told = story.is_silent(12)
    done_at = next(at for at, m in zip(story.times_s, story.messages, strict=True) if m["type"] == "response.done")
    transcript = next(m["transcript"] for m in told if m["type"] == "response.output_audio_transcript.done")
    lasts_s = len(transcript.split()) * 0.25
    timeout = only(told, "input_audio_buffer.timeout_triggered")

    assert timeout["audio_start_ms"] == pytest.approx((done_at + lasts_s) * 1000, abs=40)
    assert timeout["audio_end_ms"] - timeout["audio_start_ms"] == pytest.approx(5000, abs=40)


def test_the_silence_becomes_an_item():
    story = idle_story()
    told = story.is_silent(12)
    timeout = only(told, "input_audio_buffer.timeout_triggered")

    assert only(told, "input_audio_buffer.committed")["item_id"] == timeout["item_id"]


def test_who_speaks_in_time_is_not_asked_again():
    story = idle_story()
    story.is_silent(5)
    told = story.says(1.0) + story.is_silent(0.3) + story.passes(3)

    assert "input_audio_buffer.timeout_triggered" not in kinds(told)


def test_without_a_timeout_silence_may_last():
    story = Story()
    story.client("response.create")

    assert "input_audio_buffer.timeout_triggered" not in kinds(story.is_silent(20))


# Whole thoughts.


@pytest.mark.parametrize(("eagerness", "waits_s"), [("low", 8), ("medium", 4), ("auto", 4), ("high", 2)])
def test_an_unfinished_sentence_is_waited_for(eagerness, waits_s):
    assert patience_s(["we", "went", "to", "the"], eagerness) == waits_s
    assert patience_s(["we", "went", "home"], eagerness) < waits_s / 4


def test_semantic_turns_end_after_a_pause_that_their_words_decide():
    vendor = openai()
    words = [Conversation(seed=1).word(cell) for cell in range(4)]
    story = Story(vendor)
    story.client(
        "session.update",
        session={"type": "realtime", "audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}},
    )
    story.says(1.0)
    told = story.is_silent(9)
    stopped = only(told, "input_audio_buffer.speech_stopped")

    assert stopped["audio_end_ms"] - 1000 == pytest.approx(patience_s(words, "auto") * 1000, abs=20)


# How far the server is.


def test_speech_in_an_open_turn_is_not_settled():
    story = Story()
    story.is_silent(1.0)
    story.says(1.0)
    cursors = story.session.cursors(story.now_s)

    assert (cursors.received_s, cursors.finalised_s) == (pytest.approx(2.0), pytest.approx(1.0))


def test_a_turn_that_has_ended_is_settled():
    story = Story()
    story.says(1.0)
    story.is_silent(0.3)

    assert story.session.cursors(story.now_s).finalised_s == pytest.approx(1.3)


def test_without_turn_detection_only_what_was_committed_is_settled():
    story = configured(audio={"input": {"turn_detection": None}})
    story.says(1.0)
    story.client("input_audio_buffer.commit")
    story.says(0.5)

    assert story.session.cursors(story.now_s).finalised_s == pytest.approx(1.0)
