"""What the caller said, in writing: by which model, when, in which pieces, and at what price."""

import pytest

from mock_servers.base.conversation import Conversation
from mock_servers.openai_realtime import Settings
from tests.support.realtime_story import Story, configured, only, openai

KIND = "conversation.item.input_audio_transcription."

LOGPROBS = "item.input_audio_transcription.logprobs"


def listening(model: str, *, story: Story | None = None, **session) -> Story:
    return configured(story, audio={"input": {"transcription": {"model": model}}}, **session)


def turn(story: Story, lasts_s: float = 2.0) -> list[dict]:
    return story.says(lasts_s) + story.is_silent(0.3) + story.passes(10)


def of_kind(told: list[dict], end: str) -> list[dict]:
    return [message for message in told if message["type"] == KIND + end]


def text_of(told: list[dict]) -> str:
    return "".join(message["delta"] for message in of_kind(told, "delta"))


@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-transcribe", "gpt-transcribe", "gpt-realtime-whisper"])
def test_deltas_put_together_are_the_transcript(model):
    told = turn(listening(model))

    assert text_of(told) == only(told, KIND + "completed")["transcript"] != ""


def test_whisper_says_everything_at_once():
    assert len(of_kind(turn(listening("whisper-1")), "delta")) == 1


@pytest.mark.parametrize("model", ["gpt-realtime-whisper", "gpt-live-transcribe"])
def test_a_streaming_model_writes_while_the_caller_speaks(model):
    story = listening(model)
    speaking = story.says(2.0)

    assert "input_audio_buffer.speech_stopped" not in [message["type"] for message in speaking]
    assert of_kind(speaking, "delta")


def test_what_is_written_while_speaking_belongs_to_the_item_of_the_turn():
    told = turn(listening("gpt-realtime-whisper"))
    ids = {message["item_id"] for message in of_kind(told, "delta")}

    assert ids == {only(told, "input_audio_buffer.committed")["item_id"]}


def test_a_streaming_model_may_take_its_time():
    def first_at(delay: str) -> float:
        story = configured(audio={"input": {"transcription": {"model": "gpt-realtime-whisper", "delay": delay}}})
        turn(story)
        return next(at for at, m in zip(story.times_s, story.messages, strict=True) if m["type"] == KIND + "delta")

    assert first_at("xhigh") > first_at("minimal") + 1


def test_a_streaming_model_writes_without_turn_detection_too():
    story = configured(audio={"input": {"transcription": {"model": "gpt-realtime-whisper"}, "turn_detection": None}})
    speaking = story.says(2.0)
    item_id = only(story.client("input_audio_buffer.commit"), "input_audio_buffer.committed")["item_id"]

    assert {message["item_id"] for message in of_kind(speaking, "delta")} == {item_id}


def test_speakers_are_told_in_segments():
    told = turn(listening("gpt-4o-transcribe-diarize"))
    segments = of_kind(told, "segment")

    assert " ".join(segment["text"] for segment in segments) == only(told, KIND + "completed")["transcript"]
    assert segments[0]["start"] < segments[0]["end"] <= segments[1]["start"] + 0.001
    assert len({segment["id"] for segment in segments}) == len(segments)


@pytest.mark.parametrize(("model", "usage"), [("whisper-1", "duration"), ("gpt-4o-transcribe", "tokens")])
def test_usage_has_two_shapes(model, usage):
    told = only(turn(listening(model)), KIND + "completed")["usage"]

    assert told["type"] == usage


def test_tokens_of_a_transcript_add_up():
    usage = only(turn(listening("gpt-4o-transcribe")), KIND + "completed")["usage"]

    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["input_tokens"] == sum(usage["input_token_details"].values())


def test_log_probabilities_come_where_they_were_asked_for():
    told = turn(listening("gpt-4o-transcribe", include=[LOGPROBS]))
    completed = only(told, KIND + "completed")

    assert "".join(token["token"] for token in completed["logprobs"]) == completed["transcript"]
    assert all(bytes(token["bytes"]).decode() == token["token"] for token in completed["logprobs"])
    assert all(token["logprob"] <= 0 for token in completed["logprobs"])
    assert all(message["logprobs"] for message in of_kind(told, "delta"))


def test_nobody_is_told_log_probabilities_who_did_not_ask():
    assert "logprobs" not in only(turn(listening("gpt-4o-transcribe")), KIND + "completed")


def test_a_sound_without_words_cannot_be_written_down():
    told = turn(listening("gpt-4o-transcribe"), 0.1)

    assert only(told, KIND + "failed")["error"]["code"] == "audio_unintelligible"
    assert not of_kind(told, "completed")


def test_committed_silence_is_an_empty_transcript():
    story = configured(audio={"input": {"transcription": {"model": "whisper-1"}, "turn_detection": None}})
    story.is_silent(0.5)
    story.client("input_audio_buffer.commit")

    assert only(story.passes(5), KIND + "completed")["transcript"] == ""


def test_a_share_of_transcripts_fails_by_chance():
    story = listening("whisper-1", story=Story(settings=Settings(transcription_failures=1.0)))

    assert of_kind(turn(story), "failed")


def test_a_transcript_enters_its_item():
    story = listening("whisper-1")
    told = turn(story)
    completed = only(told, KIND + "completed")
    item = story.client("conversation.item.retrieve", item_id=completed["item_id"])[0]["item"]

    assert item["content"][0]["transcript"] == completed["transcript"]


def test_a_deleted_item_is_not_written_down():
    story = listening("whisper-1")
    story.says(1.0)
    story.is_silent(0.3)
    item_id = only(story.messages, "input_audio_buffer.committed")["item_id"]
    story.client("conversation.item.delete", item_id=item_id)

    assert not [m for m in story.passes(10) if m["type"].startswith(KIND)]


def place_of_transcript(seed: int) -> str:
    """Whether the transcript came before, among or behind the events of the response."""
    story = listening("whisper-1", story=Story(openai(Settings(), seed=seed, reply_after_s=0.3)))
    types = [message["type"] for message in turn(story)]
    at = types.index(KIND + "completed")
    if at < types.index("response.output_item.added"):
        return "before"
    return "among" if at < types.index("response.done") else "behind"


def test_where_a_transcript_falls_varies_and_the_seed_decides():
    places = [place_of_transcript(seed) for seed in range(12)]

    assert len(set(places)) > 1
    assert places == [place_of_transcript(seed) for seed in range(12)]


def test_the_words_are_those_that_were_spoken():
    told = turn(listening("gpt-4o-transcribe"))

    assert text_of(told) == " ".join(Conversation(seed=1).word(cell) for cell in range(8))
