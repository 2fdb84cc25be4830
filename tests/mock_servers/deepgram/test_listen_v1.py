"""A connection to /v1/listen, as stories."""

import hashlib
import itertools
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_servers.base.protocol import Close, Ready
from mock_servers.base.trouble import ProviderError, Reject
from mock_servers.base.voice import CALLER_STREAM, coded
from mock_servers.deepgram.troubles import NET0000, NET0001
from tests.support.deepgram_story import (
    BYTES_PER_S,
    LINEAR16,
    Story,
    deepgram,
    listen_request,
    said,
    silence,
    speech,
    transcript,
)

INTERIMS = {"interim_results": "true"}
CLOSE_STREAM = '{"type": "CloseStream"}'
KEEP_ALIVE = '{"type": "KeepAlive"}'
FINALIZE = '{"type": "Finalize"}'


def ends(result: dict) -> float:
    return result["start"] + result["duration"]


# ── the beginning ────────────────────────────────────────────────────────────


def test_nothing_is_said_before_there_is_audio():
    assert Story().waits(11.9).actions == [Ready()]


def test_the_request_id_of_the_upgrade_is_in_every_result():
    story = Story(INTERIMS).says(speech(0, 3)).sends(CLOSE_STREAM)
    request_id = dict(story.session.response_headers)["dg-request-id"]

    told = {result["metadata"]["request_id"] for result in story.results}
    assert told | {story.messages("Metadata")[0]["request_id"]} == {request_id}


def test_two_connections_have_two_request_ids():
    vendor = deepgram()

    first, second = (Story(vendor=vendor).session.response_headers for _ in range(2))

    assert dict(first)["dg-request-id"] != dict(second)["dg-request-id"]


# ── results ──────────────────────────────────────────────────────────────────


def test_the_first_interim_comes_after_a_good_second_of_audio():
    story = Story(INTERIMS).says(speech(0, 1.1))

    (interim,) = story.results
    assert (interim["start"], interim["duration"], interim["is_final"]) == (0.0, 1.08, False)


def test_interims_grow_by_a_second_from_the_same_start():
    story = Story(INTERIMS).says(speech(0, 4.5))

    assert [(interim["start"], interim["duration"]) for interim in story.interims] == [
        (0.0, 1.08), (0.0, 2.08), (0.0, 3.08), (0.0, 4.08),
    ]  # fmt: skip


def test_without_interim_results_only_finals_are_told():
    story = Story().says(speech(0, 3) + silence(1))

    assert story.interims == []
    assert len(story.finals) == 1


def test_words_are_those_that_the_audio_carries():
    story = Story().says(speech(2, 4) + silence(1))

    assert transcript(story.finals) == said(7, 8, 16)


def test_a_word_that_was_lost_on_the_way_is_not_heard():
    story = Story().says(speech(0, 1) + speech(1.5, 2.5) + silence(1))

    assert transcript(story.finals) == said(7, 0, 4) + said(7, 6, 10)


def test_word_times_count_from_the_first_sample_of_the_connection():
    story = Story().says(silence(2) + speech(10, 10.5) + silence(1))

    words = story.finals[0]["channel"]["alternatives"][0]["words"]
    assert [(word["start"], word["end"]) for word in words] == [(2.0, 2.25), (2.25, 2.5)]


def test_silence_is_told_each_second_as_an_empty_transcript():
    story = Story(INTERIMS).says(silence(3.1))

    assert [interim["channel"]["alternatives"] for interim in story.interims] == [
        [{"transcript": "", "confidence": 0.0, "words": []}]
    ] * 3


def test_speech_is_final_once_the_asked_silence_has_passed():
    story = Story({"endpointing": "300"}).says(speech(0, 2) + silence(0.28))
    assert story.finals == []

    story.says(silence(0.04))

    (final,) = story.finals
    assert (final["speech_final"], final["duration"], final["from_finalize"]) == (True, 2.3, False)


def test_without_endpointing_a_pause_makes_nothing_final():
    story = Story({**INTERIMS, "endpointing": "false"}).says(speech(0, 2) + silence(1) + speech(2, 3) + silence(1))

    assert story.finals == []
    assert transcript(story.interims[-1:]) == said(7, 0, 12)


def test_long_speech_is_finalised_in_windows_that_are_not_the_end_of_speech():
    story = Story(INTERIMS).says(speech(0, 6))

    assert [final["speech_final"] for final in story.finals] == [False]


def test_such_a_final_covers_less_than_the_interim_before_it():
    story = Story(INTERIMS).says(speech(0, 6))

    place = story.results.index(story.finals[0])
    assert ends(story.results[place - 1]) > ends(story.results[place])


def test_punctuation_is_told_beside_the_raw_words():
    story = Story({"punctuate": "true"}).says(speech(0, 1) + silence(1))

    (alternative,) = story.finals[0]["channel"]["alternatives"]
    raw = said(7, 0, 4)
    written = [raw[0].capitalize(), raw[1], raw[2], raw[3] + "."]
    assert alternative["transcript"] == " ".join(written)
    assert [(word["word"], word["punctuated_word"]) for word in alternative["words"]] == list(
        zip(raw, written, strict=True)
    )


def test_results_have_the_keys_of_the_capture_in_their_order():
    story = Story(INTERIMS).says(speech(0, 1.1))

    assert list(json.loads(story.sent[0].payload)) == [
        "type", "channel_index", "duration", "start", "is_final", "speech_final", "channel", "metadata",
        "from_finalize",
    ]  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(
    turns=st.lists(st.tuples(st.integers(0, 30), st.integers(1, 70)), min_size=1, max_size=4),
    endpointing=st.sampled_from(["false", "10", "300", "1000"]),
    finalize_after=st.integers(0, 300),
)
def test_finals_tile_the_audio_and_tell_each_word_once(
    turns: list[tuple[int, int]], endpointing: str, finalize_after: int
):
    # Tenths of a second: silences and speech in turn, the speech going on in the caller's own stream.
    pcm, position = b"", 0.0
    for quiet, loud in turns:
        pcm += silence(quiet / 10) + speech(position, position + loud / 10)
        position += loud / 10
    story = Story({**INTERIMS, "endpointing": endpointing})
    cut = finalize_after * BYTES_PER_S // 10

    story.says(pcm[:cut]).sends(FINALIZE).says(pcm[cut:]).sends(CLOSE_STREAM)

    place = 0.0
    for final in story.finals:
        assert final["start"] == pytest.approx(place, abs=1e-3)
        place = ends(final)
    assert place == pytest.approx(len(pcm) / BYTES_PER_S, abs=1e-3)
    # A cell counts as heard once its middle was.
    assert transcript(story.finals) == said(7, 0, int(position / 0.25 + 0.5 + 1e-9))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 20_000), min_size=1, max_size=8))
def test_what_is_told_does_not_depend_on_how_the_audio_is_cut(sizes: list[int]):
    pcm = silence(0.3) + speech(0, 1.7) + silence(0.9) + speech(1.7, 8) + silence(1.3)
    query = {**INTERIMS, "vad_events": "true", "utterance_end_ms": "1000"}
    even = Story(query).says(pcm)
    odd = Story(query)
    at = 0
    for size in itertools.cycle([*sizes, 3_000]):
        odd.waits(size / BYTES_PER_S).sends(pcm[at : at + size])
        at += size
        if at >= len(pcm):
            break

    assert [send.body for send in odd.waits(2).sent] == [send.body for send in even.sent]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(1, 4_000), min_size=1, max_size=30))
def test_no_result_covers_audio_that_has_not_come(sizes: list[int]):
    story, pcm, at = Story(INTERIMS), speech(0, 4) + silence(1), 0
    for size in sizes:
        story.waits(size / BYTES_PER_S).sends(pcm[at : at + size])
        at = min(len(pcm), at + size)

        assert all(ends(result) <= at / BYTES_PER_S + 1e-3 for result in story.results)


def test_an_interim_tells_only_the_beginning_of_a_word_that_is_not_over():
    # Words end 50 ms after each quarter of a second, so the interim at 1.08 s falls into the fourth.
    story = Story(INTERIMS).says(silence(0.2) + speech(0, 1))

    (interim,) = story.interims
    whole = said(7, 0, 4)
    assert transcript([interim]) == [*whole[:3], whole[3][: (len(whole[3]) + 1) // 2]]


def test_a_final_revises_what_an_interim_could_only_guess():
    story = Story(INTERIMS).says(silence(0.2) + speech(0, 1) + silence(0.1))

    assert transcript(story.interims) != transcript(story.finals) == said(7, 0, 4)


def test_a_diarized_word_has_its_speaker():
    story = Story({"diarize": "true"}).says(speech(0, 1) + silence(1))

    (final,) = story.finals
    assert {word["speaker"] for word in final["channel"]["alternatives"][0]["words"]} == {0}
    assert final["metadata"]["diarize_info"]["arch"] == "v1"


def test_entities_stand_on_finals_alone():
    story = Story({**INTERIMS, "detect_entities": "true"}).says(speech(0, 2) + silence(0.1))

    assert [result.get("entities") for result in story.results] == [None, []]


def test_nova_3_in_many_languages_tells_its_hints_in_each_result():
    story = Story({**INTERIMS, "language": "multi", "language_hint": "es"}).says(
        silence(1.1) + speech(0, 1) + silence(0.1)
    )

    told = [result["channel"]["alternatives"][0] for result in story.results]
    assert all(alternative["languages_hinted"] == ["es"] for alternative in told)
    assert ["languages" in alternative for alternative in told] == [bool(alternative["words"]) for alternative in told]


@pytest.mark.parametrize("encoding", ["mulaw", "alaw"])
def test_eight_bit_speech_tells_its_position_over_its_bytes(encoding: str):
    quiet = {"mulaw": b"\xff", "alaw": b"\xd5"}[encoding]
    spoken = coded(CALLER_STREAM, 4 * 2_000, 12 * 2_000)
    story = Story({"encoding": encoding, "sample_rate": "8000"})

    # A byte lasts as long as four of the story's own.
    story.says(quiet * 900 + spoken + quiet * 8_000, frame_s=0.005, speed=0.25)

    assert transcript(story.finals) == said(7, 4, 12)


# ── the ends of speech ───────────────────────────────────────────────────────


def test_the_start_of_speech_is_told_if_asked_for():
    story = Story({"vad_events": "true"}).says(silence(0.5) + speech(0, 1))

    assert story.messages("SpeechStarted") == [{"type": "SpeechStarted", "channel": [0, 1], "timestamp": 0.5}]


def test_the_start_of_speech_is_not_told_unasked():
    assert "SpeechStarted" not in Story().says(speech(0, 1)).names


def test_the_end_of_an_utterance_names_the_end_of_its_last_word():
    story = Story({**INTERIMS, "utterance_end_ms": "1000"}).says(speech(0, 2) + silence(3))

    assert story.messages("UtteranceEnd") == [{"type": "UtteranceEnd", "channel": [0, 1], "last_word_end": 2.0}]


def test_a_gap_between_words_ends_an_utterance_though_voice_activity_saw_none():
    story = Story({**INTERIMS, "utterance_end_ms": "1000", "endpointing": "3000"})

    story.says(speech(0, 1) + silence(1.5) + speech(1, 3))

    assert [ended["last_word_end"] for ended in story.messages("UtteranceEnd")] == [1.0]


def test_an_utterance_is_told_in_its_usual_order():
    story = Story({**INTERIMS, "vad_events": "true", "utterance_end_ms": "1000", "endpointing": "300"})

    story.says(speech(0, 1.5) + silence(1.5))

    assert story.names == ["SpeechStarted", "Results", "Results", "Results", "UtteranceEnd"]
    assert [result["speech_final"] for result in story.results] == [False, True, False]


def test_each_utterance_ends_once():
    story = Story({**INTERIMS, "utterance_end_ms": "1000"})

    story.says((speech(0, 2) + silence(3)) + (speech(2, 4) + silence(3)))

    assert [ended["last_word_end"] for ended in story.messages("UtteranceEnd")] == [2.0, 7.0]


# ── what clients send besides audio ──────────────────────────────────────────


def test_finalize_is_answered_with_all_that_was_heard():
    story = Story().says(speech(0, 1.6)).sends(FINALIZE)

    (final,) = story.finals
    assert (final["from_finalize"], final["speech_final"], final["duration"]) == (True, False, 1.6)
    assert transcript(story.finals) == said(7, 0, 6)


def test_finalize_with_nothing_to_tell_is_not_answered():
    assert Story().sends(FINALIZE).names == []


def test_speech_that_was_finalised_ends_with_an_empty_final():
    story = Story({"endpointing": "300"}).says(speech(0, 2)).sends(FINALIZE).says(silence(0.4))

    last = story.finals[-1]
    assert (last["speech_final"], last["channel"]["alternatives"][0]["transcript"]) == (True, "")


def test_a_channel_can_be_finalised_alone():
    query = {**LINEAR16, "channels": "2", "multichannel": "true"}
    story = Story(query).says(speech(0, 2)).sends('{"type":"Finalize","channel":1}')

    assert [final["channel_index"] for final in story.finals] == [[1, 2]]


def test_close_stream_is_answered_with_the_rest_then_metadata_then_1000():
    story = Story().says(speech(0, 2)).sends(CLOSE_STREAM)

    assert story.names == ["Results", "Metadata"]
    assert story.actions[-1] == Close(code=1000)


def test_metadata_tells_how_much_audio_came():
    story = Story().says(speech(0, 2.5)).sends(CLOSE_STREAM)

    (metadata,) = story.messages("Metadata")
    assert list(metadata) == [
        "type", "transaction_key", "request_id", "sha256", "created", "duration", "channels", "models", "model_info",
    ]  # fmt: skip
    assert (metadata["duration"], metadata["channels"], metadata["sha256"]) == (2.5, 1, "incomplete")


def test_metadata_without_audio_names_no_model():
    story = Story().sends(CLOSE_STREAM)

    (metadata,) = story.messages("Metadata")
    assert (metadata["duration"], "models" in metadata) == (0.0, False)


def test_an_empty_binary_frame_means_close_stream():
    story = Story().says(speech(0, 1)).sends(b"")

    assert story.actions[-1] == Close(code=1000)


def test_an_empty_binary_frame_can_mean_nothing():
    story = Story(vendor=deepgram(empty_frame_closes=False)).sends(b"")

    assert story.close is None


def test_nothing_is_said_after_the_close():
    story = Story().says(speech(0, 1)).sends(CLOSE_STREAM)
    before = len(story.actions)

    story.says(speech(1, 3)).sends(FINALIZE).waits(60)

    assert len(story.actions) == before


@pytest.mark.parametrize(
    ("text", "description"),
    [
        (
            '{"type": "KeepAlive "}',
            "unknown variant `KeepAlive `, expected one of `CloseStream`, `Configure`, `Sync`, `KeepAlive`, `Finalize` "
            "at line 1 column 22",
        ),
        ("not json", "expected value at line 1 column 1"),
        ("{}", "missing field `type` at line 1 column 2"),
        ('{"type":"\\ud800"}', "lone leading surrogate in hex escape at line 1 column 17"),
        ('{"type":"Finalize","channel":NaN}', "expected value at line 1 column 1"),
        ('{"type":"Configure","keyterms":"a"}', "invalid type for `keyterms`, expected a sequence of strings at line 1 column 35"),
        ("[1]", "invalid type, expected a message at line 1 column 3"),
        ('{"type":\n7}', "unknown variant `7`, expected one of `CloseStream`, `Configure`, `Sync`, `KeepAlive`, `Finalize` "
         "at line 2 column 2"),
        ('{"type":"Finalize","channel":"left"}', "invalid value for `channel`: 'left' at line 1 column 36"),
    ],
)  # fmt: skip
def test_a_text_that_is_no_message_is_told_what_is_wrong_with_it(text: str, description: str):
    story = Story().sends(text)

    assert story.messages("Error") == [
        {
            "type": "Error",
            "variant": "SchemaError",
            "description": f"Could not deserialize last text message: {description}",
            "message": text,
        }
    ]


def test_the_stream_goes_on_after_a_text_that_is_no_message():
    story = Story().sends("not json").says(speech(0, 2) + silence(1))

    assert transcript(story.finals) == said(7, 0, 8)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=60), st.binary(max_size=60), st.just("[" * 5_000), st.just("9" * 10_000)))
def test_no_frame_breaks_a_connection(payload: str | bytes):
    story = Story().sends(payload).says(speech(0, 1))

    assert story.close is None or story.close.code == 1000


def test_keyterms_can_be_configured_with_nova_3():
    story = Story().sends('{"type":"Configure","keyterms":["snuffle"]}')
    request_id = dict(story.session.response_headers)["dg-request-id"]

    assert story.messages("ConfigureSuccess") == [
        {"type": "ConfigureSuccess", "request_id": request_id, "keyterms": ["snuffle"]}
    ]


@pytest.mark.parametrize(
    ("model", "keyterms", "code"),
    [
        ("nova-2", ["snuffle"], "CONFIGURE_KEYTERMS_NOT_SUPPORTED"),
        ("nova-3", ["word " * 501], "CONFIGURE_KEYTERM_LIMIT_EXCEEDED"),
    ],
)
def test_keyterms_that_cannot_be_had_are_refused(model: str, keyterms: list[str], code: str):
    story = Story({"model": model}).sends(json.dumps({"type": "Configure", "keyterms": keyterms}))

    assert [failure["code"] for failure in story.messages("ConfigureFailure")] == [code]


def test_a_configure_that_comes_before_the_last_one_was_answered_is_refused():
    story = Story().sends(speech(0, 5)).sends('{"type":"Configure","keyterms":["a"]}')
    story.sends('{"type":"Configure","keyterms":["b"]}').waits(10)

    assert story.names == ["ConfigureFailure", "ConfigureSuccess"]
    assert story.messages("ConfigureFailure")[0]["code"] == "CONFIGURE_ALREADY_PENDING"


def test_keyterms_are_told_back_where_they_were_replaced_alone():
    story = (
        Story().sends('{"type":"Configure","features":{"numerals":true}}').sends('{"type":"Configure","keyterms":[]}')
    )

    assert [success.get("keyterms") for success in story.messages("ConfigureSuccess")] == [None, []]


def test_every_channel_is_heard_with_multichannel():
    left, right = speech(0, 2), silence(2)
    stereo = b"".join(left[at : at + 2] + right[at : at + 2] for at in range(0, len(left), 2))
    story = Story({"channels": "2", "multichannel": "true"})

    # Two channels take twice the bytes for the same time.
    story.says(stereo, speed=0.5).sends(CLOSE_STREAM)

    words = {tuple(final["channel_index"]): transcript([final]) for final in story.finals}
    assert words == {(0, 2): said(7, 0, 8), (1, 2): []}
    assert story.messages("Metadata")[0]["channels"] == 2


def test_what_observers_are_told_of_a_frame_is_its_audio():
    pcm = speech(0, 0.02)

    (heard,) = Story().sends(pcm).heard

    assert (heard.name, heard.audio) == ("Media", pcm)


# ── containers ───────────────────────────────────────────────────────────────

WAV_HEADER = b"RIFF\xff\xff\xff\xffWAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data\xff\xff\xff\xff"


def container(**settings: object) -> Story:
    return Story(vendor=deepgram(**settings), request=listen_request({"model": "nova-3"}))


def test_a_wav_file_needs_no_encoding():
    story = container().says(WAV_HEADER + speech(0, 2) + silence(1))

    assert transcript(story.finals) == said(7, 0, 8)


def test_a_container_without_its_header_ends_in_a_silent_1000():
    story = container()
    for _ in range(5):
        story.says(b"\x1aE\xdf\xa3" * 100).waits(2).sends(KEEP_ALIVE)

    assert (story.names, story.close) == (["Metadata"], Close(code=1000))
    assert story.messages("Metadata")[0]["duration"] == 0.0
    assert story.closed_at_s == 9.4


def test_observers_are_told_of_each_frame_that_nothing_was_made_of():
    story = container().sends(b"\x1aE\xdf\xa3").sends(b"\0" * 640)
    sound = container().sends(WAV_HEADER).sends(b"\0" * 640)

    assert [heard.body for heard in story.heard] == [{"bytes": 4, "undecoded": True}, {"bytes": 640, "undecoded": True}]
    assert [heard.body for heard in sound.heard] == [{"bytes": 44}, {"bytes": 640}]


def test_a_container_without_its_header_can_end_in_1008():
    story = container(undecodable="1008").sends(b"\x1aE\xdf\xa3")

    assert story.close == Close(code=1008, reason="DATA-0000")


# ── patience ─────────────────────────────────────────────────────────────────


def test_a_silent_client_is_hung_up_on_after_twelve_seconds():
    story = Story().says(speech(0, 2)).waits(60)

    assert story.names == ["Metadata"]
    assert (story.close, story.closed_at_s) == (Close(code=1011, reason=NET0001), pytest.approx(14.0))


def test_a_client_that_never_sent_anything_is_hung_up_on_after_twelve_seconds():
    story = Story().waits(60)

    assert (story.close, story.closed_at_s) == (Close(code=1011, reason=NET0001), 12.0)


def test_keep_alive_alone_does_not_hold_a_connection_beyond_thirty_seconds():
    story = Story()
    for _ in range(10):
        story.waits(4).sends(KEEP_ALIVE)

    assert (story.close, story.closed_at_s) == (Close(code=1011, reason=NET0000), 30.0)


def test_two_seconds_of_audio_and_keep_alive_hold_a_connection_for_a_minute():
    story = Story(INTERIMS).says(speech(0, 2))
    for _ in range(15):
        story.waits(4).sends(KEEP_ALIVE)

    assert story.close is None


def test_after_a_first_result_keep_alive_holds_a_connection():
    story = Story(INTERIMS).says(speech(0, 2))
    for _ in range(100):
        story.waits(4).sends(KEEP_ALIVE)

    assert story.close is None


def test_keep_alive_does_not_move_the_audio_clock():
    story = Story(INTERIMS).says(speech(0, 10) + silence(0.01))
    for _ in range(5):
        story.waits(4).sends(KEEP_ALIVE)
    before = len(story.results)

    story.says(speech(10, 15))

    assert story.results[before]["start"] == pytest.approx(10.01)


# ── pace ─────────────────────────────────────────────────────────────────────


def test_audio_faster_than_real_time_is_worked_off_at_1_25_times_its_speed():
    story = Story(INTERIMS).says(speech(0, 51), speed=100).waits(60)

    told_at_s = [at_s for action, at_s in zip(story.actions, story.times, strict=True) if action in story.sent]
    # One second is taken at once. The last of the messages is the Metadata of a client that fell silent.
    assert told_at_s[-2] == pytest.approx(50 / 1.25, abs=1.0)


def test_a_client_that_is_too_fast_is_not_hung_up_on():
    story = Story().sends(speech(0, 60)).waits(45)

    assert story.close is None


def test_reading_pauses_while_the_service_is_behind():
    story = Story().sends(speech(0, 3))

    until_s = story.session.pause_reading_until_s(story.now_s)

    assert until_s is not None
    assert until_s > story.now_s


def test_reading_never_pauses_for_audio_in_real_time():
    story = Story()
    for at in range(200):
        story.says(speech(at / 50, (at + 1) / 50))
        assert story.session.pause_reading_until_s(story.now_s) is None


def test_what_is_sent_behind_audio_takes_effect_behind_it():
    story = Story().sends(speech(0, 5)).sends(CLOSE_STREAM)
    assert story.close is None

    story.waits(10)

    assert transcript(story.finals) == said(7, 0, 20)
    assert story.close == Close(code=1000)


# ── troubles ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("code", ["net0001", "NET-0001"])
def test_net0001_sends_metadata_and_the_real_reason(code: str):
    story = Story().says(speech(0, 1)).suffers(ProviderError(code=code))

    assert story.names == ["Metadata"]
    assert story.close == Close(code=1011, reason=NET0001)


def test_net0000_hangs_up_with_the_real_reason():
    assert Story().suffers(ProviderError(code="net0000")).close == Close(code=1011, reason=NET0000)


def test_data_0000_hangs_up_with_1008():
    assert Story().suffers(ProviderError(code="DATA-0000")).close == Close(code=1008, reason="DATA-0000")


def test_a_schema_error_leaves_the_stream_going():
    story = Story().suffers(ProviderError(code="SchemaError")).says(speech(0, 1) + silence(1))

    assert story.names == ["Error", "Results"]


def test_a_rejected_message_is_answered_with_an_error():
    story = Story().suffers(Reject(name="Finalize")).says(speech(0, 1)).sends(FINALIZE)

    assert story.names == ["Error"]
    assert "unknown variant `Finalize`" in story.messages("Error")[0]["description"]


def test_a_rejected_message_has_no_other_effect():
    story = Story(INTERIMS).says(speech(0, 2)).suffers(Reject(name="KeepAlive"))
    for _ in range(10):
        story.waits(4).sends(KEEP_ALIVE)

    assert (story.close, story.closed_at_s) == (Close(code=1011, reason=NET0001), pytest.approx(14.0))


def test_a_message_is_taken_again_once_its_rejection_is_over():
    story = Story().suffers(Reject(name="Finalize")).says(speech(0, 1))
    story.session.relieved(Reject(name="Finalize"), story.now_s)

    story.sends(FINALIZE)

    assert story.names == ["Results"]


def test_rejected_audio_ends_the_connection():
    story = Story().suffers(Reject(name="Media")).says(speech(0, 1))

    assert story.close == Close(code=1008, reason="DATA-0000")


# ── cursors ──────────────────────────────────────────────────────────────────


def test_audio_is_received_then_worked_on_then_finalised():
    story = Story({"endpointing": "300"}).says(speech(0, 2) + silence(0.31) + speech(2, 3)).sends(speech(3, 8))

    cursors = story.session.cursors(story.now_s)

    assert cursors.received_s == pytest.approx(8.31)
    assert 3.3 <= cursors.processed_s < 4.6
    assert cursors.finalised_s == pytest.approx(2.3, abs=1e-3)


def test_an_interim_finalises_nothing():
    story = Story(INTERIMS).says(speech(0, 3))

    assert story.interims
    assert story.session.cursors(story.now_s).finalised_s == 0.0


def test_the_channel_that_is_furthest_behind_says_what_is_final():
    left, right = speech(0, 2) + silence(0.5), speech(0, 2.5)
    stereo = b"".join(left[at : at + 2] + right[at : at + 2] for at in range(0, len(left), 2))
    story = Story({"channels": "2", "multichannel": "true"}).says(stereo, speed=0.5)

    assert len(story.finals) == 1
    assert story.session.cursors(story.now_s).finalised_s == 0.0


def test_cursors_are_asked_without_changing_them():
    story = Story(INTERIMS).says(speech(0, 2)).leaves()

    assert story.session.cursors(story.now_s) == story.session.cursors(story.now_s)


# ── what can be set ──────────────────────────────────────────────────────────


def with_settings(query: dict[str, str] | None = None, **settings: object) -> Story:
    return Story(query, vendor=deepgram(**settings))


def test_finals_can_come_late_and_nothing_overtakes_them():
    story = with_settings(INTERIMS, late_finals_s=0.3).says(speech(0, 2)).sends(CLOSE_STREAM)
    asked_s = story.now_s
    assert story.close is None

    story.waits(1)

    assert story.names[-2:] == ["Results", "Metadata"]
    assert (story.close, story.closed_at_s) == (Close(code=1000), pytest.approx(asked_s + 0.3))


def test_a_client_that_leaves_before_a_late_final_has_lost_it():
    story = with_settings(late_finals_s=0.3).says(speech(0, 2)).sends(FINALIZE)

    assert story.session.cursors(story.now_s).finalised_s == 0.0
    assert story.waits(0.3).session.cursors(story.now_s).finalised_s == 2.0


def test_finalize_with_nothing_to_tell_can_be_answered_with_an_empty_final():
    story = with_settings(empty_finalize="final").says(speech(0, 1)).sends(FINALIZE).sends(FINALIZE)

    assert [(final["from_finalize"], final["duration"]) for final in story.finals] == [(True, 1.0), (True, 0.0)]


def test_the_start_of_speech_can_come_behind_the_first_result():
    query = {**INTERIMS, "vad_events": "true"}
    story = with_settings(query, speech_started_late_chance=1.0).says(silence(1) + speech(0, 1.2))

    assert story.names == ["Results", "SpeechStarted", "Results"]
    assert story.messages("SpeechStarted")[0]["timestamp"] == 1.0


def test_chance_is_the_same_for_the_same_seed():
    def order() -> list[str]:
        story = with_settings({"vad_events": "true"}, speech_started_late_chance=0.5)
        return story.says(b"".join(speech(second, second + 1) + silence(0.5) for second in range(12))).names

    assert order() == order()
    assert order() not in (["SpeechStarted", "Results"] * 12, ["Results", "SpeechStarted"] * 12)


def test_a_finalize_can_go_unanswered():
    story = with_settings(finalize_unanswered_chance=1.0).says(speech(0, 1)).sends(FINALIZE)
    assert story.names == []

    story.sends(CLOSE_STREAM)

    assert transcript(story.finals) == said(7, 0, 4)


def test_sync_can_mean_finalize():
    heard = [with_settings(sync_finalizes=on).says(speech(0, 1)).sends('{"type":"Sync"}') for on in (False, True)]

    assert [len(story.finals) for story in heard] == [0, 1]


def test_the_digest_of_the_audio_can_be_told():
    story = with_settings(sha256="digest").says(speech(0, 1)).sends(CLOSE_STREAM)

    assert story.messages("Metadata")[0]["sha256"] == hashlib.sha256(speech(0, 1)).hexdigest()


def test_a_text_that_cannot_be_read_need_not_be_a_sign_of_life():
    story = with_settings(unparsable_text_is_life=False).waits(8).sends("not json").waits(60)

    assert story.closed_at_s == 12.0


def test_the_words_for_a_text_that_is_no_json_can_be_set():
    story = with_settings(non_json_description="that is no JSON").sends("not json").sends("{}")

    assert [error["description"].partition(": ")[2] for error in story.messages("Error")] == [
        "that is no JSON", "missing field `type` at line 1 column 2",
    ]  # fmt: skip


def test_patience_can_have_no_end():
    assert with_settings(idle_s=0.0, first_text_s=0.0).waits(3600).close is None


def test_a_connection_can_have_a_longest_life():
    story = with_settings(INTERIMS, listen_session_s=5.0).says(speech(0, 8))

    assert (story.close, story.closed_at_s) == (Close(code=1011), pytest.approx(5.0))


def test_a_backlog_can_end_a_connection():
    story = with_settings(backlog_s_max=10.0).sends(speech(0, 9))
    assert story.close is None

    assert story.sends(speech(9, 12)).close == Close(code=1008)


def test_the_pace_can_be_set():
    story = with_settings(speed_max=2.0, burst_s=0.0).sends(speech(0, 20)).waits(5)

    assert story.session.cursors(story.now_s).processed_s == pytest.approx(10.0, abs=0.2)


def test_the_reason_of_1008_can_be_set():
    story = with_settings(undecodable_reason="DATA-0000: corrupt").suffers(ProviderError(code="DATA-0000"))

    assert story.close == Close(code=1008, reason="DATA-0000: corrupt")
