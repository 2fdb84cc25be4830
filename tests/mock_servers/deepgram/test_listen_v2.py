"""A connection to /v2/listen (Flux), as stories."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.protocol import Close, Ready
from mock_servers.base.trouble import ProviderError, Reject
from mock_servers.deepgram.troubles import NET0001
from tests.support.deepgram_story import Story, deepgram, listen_request, said, silence, speech
from tests.support.stories.deepgram import CLOSE_STREAM, FORCE_END_TURN, KEEP_ALIVE, configure, flux

FLUX = {"model": "flux-general-en", "encoding": "linear16", "sample_rate": "16000"}


def with_settings(**settings: object) -> Story:
    return Story(vendor=deepgram(**settings), request=listen_request(FLUX, path="/v2/listen"))


def turns(story: Story, event: str) -> list[dict]:
    return [message for message in story.messages("TurnInfo") if message["event"] == event]


def test_a_connection_begins_with_connected():
    story = flux()

    assert story.actions[0] == Ready()
    assert story.messages("Connected") == [
        {"type": "Connected", "request_id": dict(story.session.response_headers)["dg-request-id"], "sequence_id": 0}
    ]


def test_sequence_ids_count_all_messages_of_the_server():
    story = flux().says(speech(0, 1)).sends(configure(keyterms=["a"])).says(silence(1)).sends(KEEP_ALIVE)

    assert {"Connected", "TurnInfo", "ConfigureSuccess", "Error"} <= set(story.names)
    assert [send.body["sequence_id"] for send in story.sent] == list(range(len(story.sent)))


def test_an_error_is_the_only_message_without_a_request_id():
    story = flux().says(speech(0, 1)).sends(KEEP_ALIVE)

    assert [send.name for send in story.sent if "request_id" not in send.body] == ["Error"]


def test_the_words_of_a_turn_are_those_that_the_audio_carries():
    story = flux().says(speech(2, 4) + silence(1))

    (end,) = turns(story, "EndOfTurn")
    raw = said(7, 8, 16)
    assert end["transcript"] == " ".join([raw[0].capitalize(), *raw[1:-1], raw[-1] + "."])
    assert " ".join(word["word"] for word in end["words"]) == end["transcript"]


def test_words_have_times_of_this_connection():
    story = flux().says(silence(2) + speech(10, 10.5) + silence(1))

    (end,) = turns(story, "EndOfTurn")
    assert [(word["start"], word["end"]) for word in end["words"]] == [(2.0, 2.25), (2.25, 2.5)]


def test_a_trigger_stands_on_the_end_of_a_turn_alone():
    story = flux(eager_eot_threshold="0.4").says(speech(0, 1) + silence(2))

    assert {message["event"] for message in story.messages("TurnInfo") if "trigger" in message} == {"EndOfTurn"}


def test_a_turn_is_forced_to_its_end_behind_the_audio_before_it():
    story = flux(eot_threshold="1.0").says(speech(0, 1.5)).sends(FORCE_END_TURN)

    (end,) = turns(story, "EndOfTurn")
    assert (end["trigger"], end["audio_window_end"]) == ("manual", 1.5)


def test_close_stream_tells_the_rest_and_ends_without_a_status():
    story = flux().says(speech(0, 1.1)).sends(CLOSE_STREAM)

    assert (story.sent[-1].body["event"], story.sent[-1].body["audio_window_end"]) == ("Update", 1.1)
    assert story.actions[-1] == Close(code=None)


def test_close_stream_can_end_the_turn():
    story = with_settings(close_stream_ends_turn=True).says(speech(0, 1)).sends(CLOSE_STREAM)

    assert story.sent[-1].body["event"] == "EndOfTurn"


@pytest.mark.parametrize("text", [KEEP_ALIVE, '{"type":"Finalize"}', '{"type":"Bogus"}', "not json", "[]"])
def test_what_flux_does_not_know_is_fatal(text: str):
    story = flux().sends(text)

    (error,) = story.messages("Error")
    assert error["code"] == "UNPARSABLE_CLIENT_MESSAGE"
    assert story.actions[-1] == Close(code=None)


def test_the_code_of_an_unknown_message_can_be_set():
    story = with_settings(unknown_message_code="SchemaError").sends("not json")

    assert story.messages("Error")[0]["code"] == "SchemaError"


def test_a_client_in_silence_is_not_hung_up_on():
    assert flux().waits(600).close is None


def test_a_client_in_silence_can_be_hung_up_on():
    story = with_settings(flux_idle_s=12.0).says(speech(0, 1)).waits(60)

    assert story.messages("Error")[0]["code"] == "NET-0001"
    assert (story.close, story.closed_at_s) == (Close(code=None), pytest.approx(13.0))


# ── Configure ────────────────────────────────────────────────────────────────


def test_configure_is_answered_with_all_that_is_in_force():
    story = flux(eot_threshold="0.8", keyterm="snuffle").sends(configure(thresholds={"eager_eot_threshold": 0.5}))

    (success,) = story.messages("ConfigureSuccess")
    assert success["thresholds"] == {"eager_eot_threshold": 0.5, "eot_threshold": 0.8, "eot_timeout_ms": 5000}
    assert (success["keyterms"], success["numerals"]) == (["snuffle"], False)
    assert "language_hints" not in success


def test_a_configured_threshold_holds_from_then_on():
    story = flux(eot_threshold="1.0").says(speech(0, 1) + silence(1))
    assert turns(story, "EndOfTurn") == []

    story.sends(configure(thresholds={"eot_threshold": 0.7})).says(silence(0.1))

    assert [end["trigger"] for end in turns(story, "EndOfTurn")] == ["model"]


@pytest.mark.parametrize(
    "fields",
    [
        {"thresholds": {"eot_threshold": 0.4}},
        {"thresholds": {"eager_eot_threshold": 0.95}},
        {"thresholds": {"eager_eot_threshold": 0.8}},
        {"thresholds": {"eot_timeout_ms": 499}},
        {"thresholds": {"eot_timeout_ms": True}},
        {"thresholds": 7},
        {"keyterms": [7]},
        {"keyterms": "a" * 101},
        {"language_hints": ["es"]},
        {"numerals": "yes"},
    ],
    ids=str,
)
def test_a_configuration_that_cannot_be_changes_nothing(fields: dict):
    story = flux().sends(configure(**fields)).sends(configure())

    assert story.names == ["Connected", "ConfigureFailure", "ConfigureSuccess"]
    assert story.messages("ConfigureSuccess")[0]["thresholds"] == {"eot_threshold": 0.7, "eot_timeout_ms": 5000}
    assert story.close is None


# ── the multilingual model ───────────────────────────────────────────────────


def test_the_multilingual_model_tells_languages():
    story = flux(model="flux-general-multi", language_hint="es").says(speech(0, 1) + silence(1))

    (end,) = turns(story, "EndOfTurn")
    assert (end["languages"], end["languages_hinted"]) == (["en"], ["es"])


def test_the_english_model_tells_none():
    story = flux().says(speech(0, 1) + silence(1))

    assert all(not {"languages", "languages_hinted"} & set(message) for message in story.messages("TurnInfo"))


def test_numerals_that_a_hinted_language_has_not_are_warned_of():
    story = flux(model="flux-general-multi", language_hint="ja", numerals="true")

    assert story.names == ["Connected", "Warning"]


# ── cursors, pace, troubles ──────────────────────────────────────────────────


def test_audio_is_finalised_with_its_turn():
    story = flux().says(speech(0, 1) + silence(0.2))
    before = story.session.cursors(story.now_s)

    story.says(silence(0.2))

    after = story.session.cursors(story.now_s)
    assert (before.processed_s, before.finalised_s) == (pytest.approx(1.2), 0.0)
    assert after.finalised_s == pytest.approx(1.26, abs=0.011)


def test_audio_faster_than_real_time_waits():
    story = flux().sends(speech(0, 10))

    cursors = story.session.cursors(story.now_s)
    assert cursors.received_s == pytest.approx(10.0)
    assert cursors.processed_s < 1.2


@pytest.mark.parametrize("code", ["net0000", "NET-0001", "DATA-0000", "SchemaError"])
def test_an_error_on_command_is_told_and_ends_the_connection(code: str):
    story = flux().suffers(ProviderError(code=code))

    assert story.names == ["Connected", "Error"]
    assert story.close == Close(code=None)


def test_net0001_is_told_in_the_vendors_words():
    story = flux().suffers(ProviderError(code="net0001"))

    assert story.messages("Error")[0]["description"] == NET0001


def test_a_rejected_message_is_fatal():
    story = flux().suffers(Reject(name="Configure")).sends(configure())

    assert story.names == ["Connected", "Error"]


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60), st.just("[" * 5_000), st.just("9" * 10_000)))
def test_no_frame_breaks_a_connection(payload: str | bytes):
    story = flux().sends(payload).says(speech(0, 1))

    assert story.close is None or story.close.code is None


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.sampled_from(["thresholds", "keyterms", "language_hints", "numerals"]), st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["eot_threshold", "x"]), inner, max_size=2),
)))  # fmt: skip
def test_every_configuration_is_answered(fields: dict):
    story = flux().sends(json.dumps({"type": "Configure", **fields}))

    assert story.names[1] in ("ConfigureSuccess", "ConfigureFailure")
