"""The vendor as a whole: room, credit, the language model beside it, troubles that reach beyond a connection."""

import json
from typing import Any

import pytest

from mock_servers.base.conversation import Conversation
from mock_servers.base.protocol import Accounting, Answer, Discerning, Harmless, Pinging, Refusing, Request, Throttling
from mock_servers.base.trouble import (
    FailResponse,
    GoAway,
    ProviderError,
    Quota,
    RateLimited,
    RefuseResume,
    Reject,
    SessionExpired,
    Trouble,
    Unsupported,
)
from mock_servers.deepgram import CATALOGUE, Deepgram
from mock_servers.deepgram.catalogue import CATALOGUES
from mock_servers.deepgram.listen_v1 import ListenV1
from tests.support.deepgram_story import KEY, Story, deepgram, listen_request, said, silence, speak_request, speech

HELLO = b'{"text":"hello"}'
FLUX = listen_request({"model": "flux-general-en", "encoding": "linear16", "sample_rate": "16000"}, path="/v2/listen")
SPEAKS = listen_request({"model": "aura-2-thalia-en"}, path="/v1/speak")
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": "good morning"}]}]}


def generate_request(version: str = "v1beta") -> Request:
    return Request(
        method="POST",
        path=f"/{version}/models/gemini-2.5-flash:generateContent",
        headers=(("x-goog-api-key", "g-key"), ("content-type", "application/json")),
        body=json.dumps(CONTENTS).encode(),
    )


def status(vendor: Deepgram, request: Request, now_s: float = 0.0) -> int:
    answer = vendor.asked(request, now_s)
    return answer.status if isinstance(answer, Answer) else 101


def body(answer: object) -> dict[str, Any]:
    assert isinstance(answer, Answer)
    return json.loads(b"".join(chunk.data for chunk in answer.body))


def test_it_offers_what_a_server_may_ask_for():
    vendor = deepgram()

    assert all(isinstance(vendor, offer) for offer in (Refusing, Harmless, Discerning, Pinging))
    for request in (listen_request(), FLUX):
        session = vendor.asked(request, 0.0)
        assert isinstance(session, Throttling)
        assert isinstance(session, Accounting)


# ── three endpoints ──────────────────────────────────────────────────────────


@pytest.mark.parametrize("version", ["v1beta", "v1"])
def test_the_language_model_answers_on_the_same_port(version: str):
    answer = deepgram().asked(generate_request(version), 0.0)

    text = body(answer)["candidates"][0]["content"]["parts"][0]["text"]
    assert text == Conversation(seed=7).reply("good morning", turn=0).text


def test_a_key_of_deepgram_is_not_asked_for_by_the_language_model():
    assert KEY not in generate_request().headers
    assert status(deepgram(), generate_request()) == 200


def test_same_seed_same_words_in_every_connection():
    vendor = deepgram()
    stories = [Story(vendor=vendor).says(speech(0, 1) + silence(1)) for _ in range(2)]

    heard = [[word["word"] for word in story.finals[0]["channel"]["alternatives"][0]["words"]] for story in stories]
    assert heard == [said(7, 0, 4)] * 2


def test_times_start_anew_on_each_connection():
    vendor = deepgram()
    Story(vendor=vendor).says(speech(0, 5)).leaves()

    second = Story(vendor=vendor, at_s=6.0).says(speech(5, 6) + silence(1))

    assert second.finals[0]["start"] == 0.0


# ── room ─────────────────────────────────────────────────────────────────────


def test_one_stream_too_many_is_refused_with_429():
    vendor = deepgram(concurrent_max=1)
    Story(vendor=vendor)

    assert status(vendor, listen_request()) == 429


def test_a_stream_that_was_closed_in_order_makes_room_at_once():
    vendor = deepgram(concurrent_max=1, stale_slot_s=10.0)
    Story(vendor=vendor).sends('{"type":"CloseStream"}').leaves()

    assert status(vendor, listen_request()) == 101


def test_a_stream_that_broke_off_counts_for_a_while():
    vendor = deepgram(concurrent_max=1, stale_slot_s=10.0)
    Story(vendor=vendor).leaves()

    assert [status(vendor, listen_request(), now_s) for now_s in (0.0, 9.9, 10.0)] == [429, 429, 101]


def test_a_stream_that_was_never_opened_takes_no_room():
    vendor = deepgram(concurrent_max=1)
    session = vendor.asked(listen_request(), 0.0)
    assert isinstance(session, ListenV1)
    session.closed(0.0)

    Story(vendor=vendor)

    assert status(vendor, listen_request()) == 429


def test_listening_and_speaking_have_a_room_each():
    vendor = deepgram(concurrent_max=1, concurrent_speak_max=1)
    Story(vendor=vendor)
    Story(vendor=vendor, request=SPEAKS)

    assert [status(vendor, request) for request in (listen_request(), FLUX, SPEAKS)] == [429, 429, 429]


def test_many_calls_are_heard_at_once():
    vendor = deepgram()
    stories = [Story(vendor=vendor) for _ in range(3)]
    for tenth in range(20):
        for number, story in enumerate(stories):
            story.says(speech(10 * number + tenth / 10, 10 * number + (tenth + 1) / 10))
    for story in stories:
        story.says(silence(0.5))

    heard = [[word["word"] for word in story.finals[0]["channel"]["alternatives"][0]["words"]] for story in stories]
    assert heard == [said(7, 40 * number, 40 * number + 8) for number in range(3)]
    assert len({story.finals[0]["metadata"]["request_id"] for story in stories}) == 3


# ── what nobody knows ────────────────────────────────────────────────────────


@pytest.mark.parametrize(("first", "answered"), [(False, 400), (True, 401)])
def test_a_wrong_key_can_be_told_before_a_wrong_query(first: bool, answered: int):
    vendor = deepgram(key_before_query=first)

    assert status(vendor, listen_request({"model": "nova-9"}, headers=())) == answered


@pytest.mark.parametrize(("wait_s", "told"), [(0, None), (3, "3")])
def test_a_wait_can_be_told_with_429(wait_s: int, told: str | None):
    vendor = deepgram(concurrent_max=1, retry_after_s=wait_s)
    Story(vendor=vendor)

    refused = vendor.asked(listen_request(), 0.0)

    assert isinstance(refused, Answer)
    assert dict(refused.headers).get("retry-after") == told


def test_encoding_and_sample_rate_can_be_taken_without_each_other():
    vendor = deepgram(encoding_needs_sample_rate=False)

    assert status(vendor, listen_request({"model": "nova-3", "encoding": "linear16"})) == 101
    assert status(vendor, listen_request({"model": "nova-3", "sample_rate": "16000"})) == 101


def test_the_server_can_ping():
    assert (deepgram().ping_interval_s, deepgram(ping_interval_s=20.0).ping_interval_s) == (None, 20.0)


# ── troubles beyond a connection ─────────────────────────────────────────────


def test_a_rate_limit_turns_upgrades_away_until_it_has_run_out():
    story = Story().suffers(RateLimited(retry_after_s=20.0))

    assert [status(story.vendor, listen_request(), now_s) for now_s in (0.0, 19.9, 20.0)] == [429, 429, 101]


def test_a_rate_limit_without_a_time_turns_one_request_away():
    story = Story().suffers(RateLimited())

    assert [status(story.vendor, listen_request()) for _ in range(2)] == [429, 101]


def test_a_rate_limit_leaves_the_stream_alone():
    story = Story().suffers(RateLimited(retry_after_s=20.0)).says(speech(0, 1) + silence(1))

    assert story.names == ["Results"]


def test_a_rate_limit_turns_calls_to_speak_away():
    story = Story().suffers(RateLimited(retry_after_s=20.0))

    assert status(story.vendor, speak_request(HELLO)) == 429


def test_without_credit_upgrades_are_turned_away_with_402():
    story = Story().suffers(Quota())

    assert body(story.vendor.asked(listen_request(), 0.0))["err_code"] == "ASR_PAYMENT_REQUIRED"


def test_credit_can_come_back():
    story = Story().suffers(Quota())
    story.session.relieved(Quota(), story.now_s)

    assert status(story.vendor, listen_request()) == 101


@pytest.mark.parametrize(
    ("code", "speak", "generate"),
    [
        ("speak:503", [503, 200], [200, 200]),
        ("generateContent:429", [200, 200], [429, 200]),
        ("generateContent:server_error", [200, 200], [503, 200]),
    ],
)
def test_a_failing_response_is_that_of_the_next_call(code: str, speak: list[int], generate: list[int]):
    vendor = Story().suffers(FailResponse(code=code)).vendor

    assert [status(vendor, speak_request(HELLO)) for _ in range(2)] == speak
    assert [status(vendor, generate_request()) for _ in range(2)] == generate


def test_a_failure_of_any_call_hits_the_first_that_comes():
    vendor = Story().suffers(FailResponse(code="500")).vendor

    assert [status(vendor, request) for request in (generate_request(), speak_request(HELLO))] == [500, 200]


def test_the_language_model_fails_in_googles_words():
    vendor = Story().suffers(FailResponse(code="generateContent:503")).vendor

    failed = vendor.asked(generate_request(), 0.0)

    assert body(failed)["error"]["status"] == "UNAVAILABLE"
    assert isinstance(failed, Answer)
    assert (failed.client_name, failed.server_name) == ("generateContent", "generateContent")


def test_rejected_calls_fail_until_the_rejection_is_over():
    story = Story().suffers(Reject(name="speak"))
    rejected = [status(story.vendor, speak_request(HELLO)) for _ in range(2)]

    story.session.relieved(Reject(name="speak"), story.now_s)

    assert (rejected, status(story.vendor, speak_request(HELLO))) == ([400, 400], 200)


def test_a_rejection_of_calls_ends_with_the_connection_that_it_was_ordered_for():
    story = Story().suffers(Reject(name="speak")).leaves()

    assert status(story.vendor, speak_request(HELLO)) == 200


@pytest.mark.parametrize(
    "trouble",
    [
        ProviderError(code="net0001"),
        ProviderError(code="DATA-0000"),
        RateLimited(retry_after_s=1.0),
        Quota(),
        FailResponse(code="server_error"),
        Reject(name="Media"),
    ],
)
def test_troubles_that_deepgram_has_are_taken(trouble: Trouble):
    deepgram().check(trouble)


@pytest.mark.parametrize(
    ("trouble", "names"),
    [
        (GoAway(time_left_s=10.0), "ProviderError"),
        (SessionExpired(), "ProviderError"),
        (RefuseResume(), "ProviderError"),
        (ProviderError(code="server_error"), "net0000, net0001, DATA-0000 and SchemaError"),
        (FailResponse(code="boom"), "speak:503"),
        (FailResponse(code="mumble:503"), "speak:503"),
        (FailResponse(code="200"), "400 to 599"),
        (Reject(name="Fly"), "CloseStream"),
    ],
)
def test_troubles_that_deepgram_has_not_are_refused_with_what_it_has(trouble: Trouble, names: str):
    with pytest.raises(Unsupported, match=names):
        deepgram().check(trouble)


# ── messages out of turn ─────────────────────────────────────────────────────


@pytest.mark.parametrize("name", sorted(CATALOGUE.server - CATALOGUES["rest"].server - {"Audio"}))
@pytest.mark.parametrize("connected", [True, False])
def test_every_message_can_be_had_out_of_turn(name: str, connected: bool):
    vendor = deepgram()
    session = Story(vendor=vendor).session if connected else None

    message = vendor.message(name, session)

    assert message["type"] == name
    assert json.loads(vendor.encode(message)) == message


def test_a_message_out_of_turn_fits_its_connection():
    story = Story().says(speech(0, 2))

    message = story.vendor.message("Results", story.session)

    assert message["metadata"]["request_id"] == dict(story.session.response_headers)["dg-request-id"]
    assert message["start"] == 2.0


def test_there_is_no_message_of_an_unknown_name():
    with pytest.raises(KeyError):
        deepgram().message("Welcome", None)


def test_everything_told_is_in_the_catalogue():
    query = {"interim_results": "true", "vad_events": "true", "utterance_end_ms": "1000"}
    story = Story(query).says(speech(0, 2) + silence(3))
    for name in ("KeepAlive", "Sync", "Finalize", "Configure", "CloseStream"):
        story.sends(json.dumps({"type": name}))

    assert set(story.names) <= CATALOGUE.server
    assert {heard.name for heard in story.heard} <= CATALOGUE.client


# ── errors ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 408, 429, 500, 502, 503, 504, 599])
def test_an_error_of_any_status_is_in_deepgrams_words(code: int):
    answer = deepgram().error_answer(code)

    assert answer.status == code
    assert list(body(answer)) == ["err_code", "err_msg", "request_id"]
    assert dict(answer.headers)["dg-error"] == body(answer)["err_msg"]


def test_same_seed_same_request_ids():
    ids = [
        [body(vendor.asked(listen_request(path="/nowhere"), now_s))["request_id"] for now_s in (0.0, 1.5)]
        for vendor in (deepgram(seed=3), deepgram(seed=3))
    ]

    assert ids[0] == ids[1]


def test_another_seed_gives_other_request_ids():
    first, second = (body(deepgram(seed=seed).error_answer(404))["request_id"] for seed in (3, 4))

    assert first != second
