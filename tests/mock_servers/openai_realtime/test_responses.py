"""Responses: their events and the order of these, how they are cut off, and what they cost."""

import base64
from dataclasses import replace

import pytest

from mock_servers.base.trouble import FailResponse
from mock_servers.base.voice import AGENT_STREAM, coded
from mock_servers.openai_realtime import Settings
from tests.support.realtime_story import (
    PIXEL,
    SPOKEN_RESPONSE,
    TOOL,
    Story,
    configured,
    error,
    kinds,
    only,
    openai,
    text_turn,
)


def test_a_text_turn_is_answered_in_the_recorded_order():
    story = Story()
    items = text_turn(story)
    response = story.client("response.create") + story.passes(10)

    assert kinds(items) == ["conversation.item.added", "conversation.item.done"]
    assert [kind for kind in kinds(response) if not kind.endswith(".delta")] == SPOKEN_RESPONSE


def test_the_transcript_runs_ahead_of_the_audio():
    story = Story()
    response = story.client("response.create") + story.passes(10)
    types = [message["type"] for message in response]
    last_word = len(types) - types[::-1].index("response.output_audio_transcript.delta")
    last_audio = len(types) - types[::-1].index("response.output_audio.delta")

    assert last_word < last_audio


def test_deltas_put_together_are_the_transcript():
    story = Story()
    response = story.client("response.create") + story.passes(10)
    deltas = [m["delta"] for m in response if m["type"] == "response.output_audio_transcript.delta"]

    assert "".join(deltas) == only(response, "response.output_audio_transcript.done")["transcript"]


def test_the_audio_is_the_agents_unbroken_voice():
    story = Story()
    response = story.client("response.create") + story.passes(10)
    pcm = b"".join(base64.b64decode(m["delta"]) for m in response if m["type"] == "response.output_audio.delta")
    words = only(response, "response.output_audio_transcript.done")["transcript"].split()

    assert pcm == coded(AGENT_STREAM, 0, len(words) * 12_000)


def test_audio_comes_four_times_faster_than_it_lasts():
    story = Story()
    before = len(story.times_s)
    story.client("response.create")
    story.passes(10)
    times = [
        at
        for at, message in zip(story.times_s[before:], story.messages[before:], strict=True)
        if message["type"] == "response.output_audio.delta"
    ]

    assert times[4] - times[0] == pytest.approx(0.1)


def test_the_answer_begins_after_the_agreed_wait():
    story = Story(openai(reply_after_s=1.5))
    story.client("response.create")

    assert story.passes(1.49) == []
    assert kinds(story.passes(0.02))[0] == "response.output_item.added"


def test_a_part_is_audio_where_an_item_is_output_audio():
    story = Story()
    response = story.client("response.create") + story.passes(10)

    assert only(response, "response.content_part.done")["part"]["type"] == "audio"
    assert only(response, "response.output_item.done")["item"]["content"][0]["type"] == "output_audio"


def test_no_item_shows_its_audio():
    story = Story()
    response = story.client("response.create") + story.passes(10)

    assert "audio" not in only(response, "conversation.item.done")["item"]["content"][0]


def test_short_deltas_are_padded():
    story = Story()
    response = story.client("response.create") + story.passes(10)
    delta = next(m for m in response if m["type"] == "response.output_audio_transcript.delta")

    assert len(delta["delta"]) + len(delta["obfuscation"]) == 16


def test_usage_adds_up():
    story = Story()
    text_turn(story)
    usage = only(story.client("response.create") + story.passes(10), "response.done")["response"]["usage"]

    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    assert usage["output_tokens"] == sum(usage["output_token_details"].values())
    assert usage["input_token_details"]["cached_tokens"] <= usage["input_tokens"]


def test_rate_limits_tell_tokens_only():
    story = Story()
    limits = only(story.client("response.create") + story.passes(10), "rate_limits.updated")["rate_limits"]

    assert [limit["name"] for limit in limits] == ["tokens"]


def test_a_text_session_answers_in_text():
    story = configured(output_modalities=["text"])
    response = story.client("response.create") + story.passes(10)

    assert not [m for m in response if "audio" in m["type"]]
    assert only(response, "response.output_text.done")["text"]


def test_a_second_response_is_refused_and_the_first_goes_on():
    story = Story()
    first = story.client("response.create")[0]["response"]["id"]
    refused = error(story.client("response.create"))

    assert refused["code"] == "conversation_already_has_active_response"
    assert f"in progress: {first}" in refused["message"]
    assert only(story.passes(10), "response.done")["response"]["status"] == "completed"


def test_a_response_outside_of_the_conversation_runs_beside_it():
    story = Story()
    story.client("response.create")
    beside = story.client("response.create", response={"conversation": "none", "metadata": {"for": "test"}})[0]
    done = [m["response"] for m in story.passes(10) if m["type"] == "response.done"]

    assert (beside["response"]["conversation_id"], beside["response"]["metadata"]) == (None, {"for": "test"})
    assert [response["status"] for response in done] == ["completed", "completed"]


def test_a_cancelled_response_closes_what_it_opened():
    story = Story()
    story.client("response.create")
    story.passes(0.5)
    ended = story.client("response.cancel")

    assert kinds(ended) == SPOKEN_RESPONSE[4:-1]
    assert ended[-1]["response"]["status_details"] == {"type": "cancelled", "reason": "client_cancelled"}
    assert ended[-2]["item"]["status"] == "incomplete"


def test_a_cancelled_response_says_nothing_more():
    story = Story()
    story.client("response.create")
    story.passes(0.5)
    story.client("response.cancel")

    assert kinds(story.passes(10)) == ["rate_limits.updated"]


def test_a_response_that_had_not_begun_is_cancelled_without_a_trace():
    story = Story()
    story.client("response.create")
    ended = story.client("response.cancel")

    assert kinds(ended) == ["response.done"]
    assert (ended[0]["response"]["output"], ended[0]["response"]["usage"]["total_tokens"]) == ([], 0)


def test_cancelling_nothing_is_an_error_that_hurts_nobody():
    story = Story()
    refused = error(story.client("response.cancel"))

    assert (refused["code"], story.close) == ("response_cancel_not_active", None)
    assert refused["message"].startswith("Cancellation failed")


# Time.


REAL = Settings()


def test_a_response_is_created_a_moment_after_it_was_asked_for():
    story = Story(settings=REAL)

    assert story.client("response.create") == []
    assert kinds(story.passes(REAL.processing_s)) == ["response.created"]


def test_a_response_that_is_not_created_yet_cannot_be_cancelled_and_comes():
    story = Story(settings=REAL)
    story.client("response.create")
    refused = error(story.client("response.cancel"))

    assert refused["code"] == "response_cancel_not_active"
    assert only(story.passes(10), "response.done")["response"]["status"] == "completed"


def test_deltas_still_come_until_a_cancel_is_through():
    story = Story(settings=replace(REAL, processing_s=0.1))
    story.client("response.create")
    story.passes(0.5)
    at_once = story.client("response.cancel")
    later = story.passes(1)

    assert at_once == []
    assert kinds(later)[0].endswith(".delta")
    assert only(later, "response.done")["response"]["status"] == "cancelled"


def test_a_second_response_is_refused_while_the_first_is_not_created_yet():
    story = Story(settings=REAL)
    story.client("response.create")

    assert error(story.client("response.create"))["code"] == "conversation_already_has_active_response"


def deltas_at(story: Story, kind: str = "response.output_audio.delta") -> list[float]:
    return [at for at, message in zip(story.times_s, story.messages, strict=True) if message["type"] == kind]


def test_sixty_seconds_of_audio_leave_within_a_millisecond_of_their_time():
    settings = Settings(speedup=1.0)
    story = Story(openai(settings, turns=(" ".join(["word"] * 240),)))
    story.client("response.create")
    story.passes(70)
    times_s = deltas_at(story)

    assert len(times_s) == 600
    assert all(abs(at - times_s[0] - number * 0.1) < 0.001 for number, at in enumerate(times_s))


def test_a_timer_that_rings_late_makes_no_later_delta_late():
    story = Story(settings=Settings(speedup=1.0))
    story.client("response.create")
    story.passes(0.6)
    told = len(deltas_at(story))
    story.is_forgotten(0.5)
    late = len(deltas_at(story)) - told
    story.passes(0.3)
    times_s = deltas_at(story)

    assert late == 5
    assert times_s[-1] - times_s[0] == pytest.approx((len(times_s) - 1) * 0.1)


@pytest.mark.parametrize("audio_delta_ms", [20, 250])
def test_the_size_of_audio_deltas_can_be_set(audio_delta_ms):
    story = Story(settings=Settings(audio_delta_ms=audio_delta_ms))
    story.client("response.create")
    story.passes(10)
    first = next(message for message in story.messages if message["type"] == "response.output_audio.delta")

    assert len(base64.b64decode(first["delta"])) == 48 * audio_delta_ms


def test_words_and_sounds_do_not_alternate():
    story = Story(settings=REAL)
    response = story.client("response.create") + story.passes(10)
    deltas = [message["type"] for message in response if message["type"].endswith(".delta")]
    words, sounds = "response.output_audio_transcript.delta", "response.output_audio.delta"

    assert [words, words] in [deltas[place : place + 2] for place in range(len(deltas))]
    assert [sounds, sounds] in [deltas[place : place + 2] for place in range(len(deltas))]


def test_the_times_of_words_vary_with_the_seed():
    def times_s(seed: int) -> list[float]:
        story = Story(openai(REAL, seed=seed, turns=("one two three four five six",)))
        story.client("response.create")
        story.passes(10)
        return deltas_at(story, "response.output_audio_transcript.delta")

    assert times_s(1) == times_s(1) != times_s(2)


# Cut off.


def test_a_response_of_few_tokens_stays_incomplete():
    story = Story()
    response = story.client("response.create", response={"max_output_tokens": 20}) + story.passes(10)
    done = only(response, "response.done")["response"]

    assert done["status_details"] == {"type": "incomplete", "reason": "max_output_tokens"}
    assert done["usage"]["output_tokens"] <= 20
    assert done["output"][0]["status"] == "incomplete"


def test_the_content_filter_cuts_a_response_off():
    story = Story(settings=Settings(content_filter_word="forbidden"))
    text_turn(story, "say something forbidden now")
    story.client("response.create")
    done = only(story.passes(10), "response.done")["response"]

    assert done["status_details"] == {"type": "incomplete", "reason": "content_filter"}


@pytest.mark.parametrize("code", ["content_filter", "max_output_tokens"])
def test_a_response_can_be_made_to_stay_incomplete(code):
    story = Story()
    story.client("response.create")
    story.passes(0.5)
    done = only(story.troubled(FailResponse(code=code)), "response.done")["response"]

    assert done["status_details"] == {"type": "incomplete", "reason": code}


def test_a_share_of_responses_fails_by_chance_and_the_seed_decides_which():
    def outcomes(seed: int) -> list[str]:
        story = Story(openai(Settings(response_failures=0.5), seed=seed))
        for _ in range(12):
            story.client("response.create")
            story.passes(10)
        return [m["response"]["status"] for m in story.messages if m["type"] == "response.done"]

    assert set(outcomes(1)) == {"failed", "completed"}
    assert outcomes(1) == outcomes(1) != outcomes(2)


def test_a_failed_response_says_so_only_in_its_end():
    story = Story(settings=Settings(response_failures=1.0))
    story.client("response.create")
    told = story.passes(10)

    assert only(told, "response.done")["response"]["status_details"]["error"]["type"] == "server_error"
    assert "error" not in kinds(told)


@pytest.mark.parametrize("after_failure", [True, False])
def test_whether_rate_limits_follow_a_cancelled_response_can_be_set(after_failure):
    story = Story(settings=Settings(processing_s=0.0, rate_limits_after_failure=after_failure))
    story.client("response.create")
    story.client("response.cancel")

    assert ("rate_limits.updated" in kinds(story.passes(1))) is after_failure


def test_a_cancelled_response_may_leave_its_items_open():
    story = Story(settings=Settings(processing_s=0.0, closes_cancelled_items=False))
    story.client("response.create")
    story.passes(0.5)

    assert kinds(story.client("response.cancel")) == ["response.done"]


# What is read, and what it costs.


def usage(story: Story) -> dict:
    return only(story.client("response.create") + story.passes(10), "response.done")["response"]["usage"]


def test_what_was_read_before_is_cached_and_adds_up():
    story = Story()
    story.says(1.0)
    story.is_silent(0.3)
    story.passes(10)
    text_turn(story, "and now in writing")
    details = usage(story)["input_token_details"]

    assert details["cached_tokens"] == sum(details["cached_tokens_details"].values()) > 0
    assert all(details["cached_tokens_details"][kind] <= details[kind] for kind in details["cached_tokens_details"])


def test_an_image_costs_image_tokens():
    story = Story()
    item = {"type": "message", "role": "user", "content": [{"type": "input_image", "image_url": PIXEL}]}
    story.client("conversation.item.create", item=item)

    assert usage(story)["input_token_details"]["image_tokens"] > 0


def test_a_conversation_that_is_too_long_is_read_from_where_it_fits():
    story = Story(settings=Settings(context_tokens_max=40))
    for _ in range(3):
        text_turn(story, "one two three four five six seven eight nine ten")

    assert 30 < usage(story)["input_tokens"] <= 40


def test_a_conversation_that_is_too_long_is_refused_where_nothing_may_be_left_out():
    story = configured(Story(settings=Settings(context_tokens_max=20)), truncation="disabled")
    text_turn(story, "one two three four five six seven eight nine ten")

    assert error(story.client("response.create"))["code"] == "context_length_exceeded"


def test_a_response_can_bring_its_own_context():
    story = configured(tools=[TOOL])
    text_turn(story, "hello")
    item = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "call get_weather"}]}
    story.client("response.create", response={"conversation": "none", "input": [item]})

    assert only(story.passes(10), "response.done")["response"]["output"][0]["type"] == "function_call"


def test_a_response_can_refer_to_an_item():
    story = configured(tools=[TOOL])
    asked = text_turn(story, "call get_weather")[0]["item"]["id"]
    text_turn(story, "hello")
    story.client("response.create", response={"input": [{"type": "item_reference", "id": asked}]})

    assert only(story.passes(10), "response.done")["response"]["output"][0]["type"] == "function_call"


def test_a_reference_to_an_item_that_is_not_there_is_refused():
    asked = {"input": [{"type": "item_reference", "id": "item_gone"}]}

    assert error(Story().client("response.create", response=asked))["param"] == "response.input[0].id"


@pytest.mark.parametrize(
    "metadata", [{str(n): "x" for n in range(17)}, {"k" * 65: "x"}, {"k": "x" * 513}], ids=["pairs", "key", "value"]
)
def test_metadata_has_its_limits(metadata):
    assert error(Story().client("response.create", response={"metadata": metadata}))["param"].startswith(
        "response.metadata"
    )


def test_the_allowance_falls_with_each_response_and_comes_back():
    story = Story(settings=Settings(rate_limit_tokens=600))
    left = []
    for pause_s in (0.0, 60.0, 0.0):
        story.client("response.create")
        story.passes(2)
        left.append(only(story.messages[-1:], "rate_limits.updated")["rate_limits"][0]["remaining"])
        story.passes(pause_s)
    first, second, third = left

    assert second < first < 600
    assert third > second


def test_without_an_allowance_a_response_fails_and_says_for_how_long():
    story = Story(settings=Settings(rate_limit_tokens=10, processing_s=0.0))
    story.client("response.create")
    story.passes(1)
    story.client("response.create")
    failed = only(story.passes(1), "response.done")["response"]["status_details"]["error"]

    assert failed["code"] == "rate_limit_exceeded"
    assert "tokens per min (TPM)" in failed["message"]
    assert "try again in" in failed["message"]


def test_in_the_first_response_the_finished_item_does_not_tell_what_is_before_it():
    story = Story()
    text_turn(story)
    ends = []
    for _ in range(2):
        story.client("response.create")
        told = story.passes(10)
        ends.append(only(told, "conversation.item.done")["previous_item_id"])
        assert only(told, "conversation.item.added")["previous_item_id"] is not None

    assert ends[0] is None
    assert ends[1] is not None
