"""Transcription over /v1/listen (Nova), as the user of the Deepgram SDK sees it."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime
from typing import Any

from deepgram.listen.v1.types import ListenV1Finalize

from tests.sdk.deepgram_hands import held
from tests.sdk.deepgram_speech import NOVA, silence, speech, wav, words
from tests.sdk.deepgram_talk import Call, Clock, Ledger, Pause, Talk, ask, connect, refused

__all__: list[str] = []

MILLISECOND_S = 0.001
"""`start` and `duration` are told in single precision: whoever compares them must leave room for it."""


@held("connect and close")
def connect_and_close() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield Pause(0.3)
    assert call.messages == [], f"nothing is told before there is audio, but {call.told()}"
    assert uuid.UUID(call.headers["dg-request-id"])
    assert call.headers.get("sec-websocket-extensions") is None
    yield call.leaves()

    assert call.error is None


@held("audio in, text out")
def audio_in_text_out() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield call.says(speech(0, 1.5) + silence(0.3), speed=1.25)
    final = yield call.until("Results", speech_final=True)

    assert transcript([final]) == words(0, 1.5)
    assert final.metadata.request_id == call.headers["dg-request-id"]


@held("transcription")
def transcription() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA, interim_results="true", punctuate="true")
    yield call.says(speech(0, 3), speed=1.25)
    yield call.does("send_close_stream")
    yield call.ends()

    results = call.of("Results")
    interims, finals = [r for r in results if not r.is_final], [r for r in results if r.is_final]
    assert len(interims) >= 2, call.told()
    assert abs(interims[0].duration - 1.08) < MILLISECOND_S
    assert interims[0].start == 0
    assert transcript(finals) == words(0, 3)
    assert_tiles(finals, 3)
    for word in spoken(finals):
        assert word.punctuated_word.lower().rstrip(".") == word.word
        assert 0 <= word.start < word.end <= 3 + MILLISECOND_S
        assert 0 < word.confidence <= 1


@held("VAD turn")
def vad_turn() -> Talk:
    asked = {"interim_results": "true", "vad_events": "true", "endpointing": 300, "utterance_end_ms": 1000}
    call: Call = yield connect("listen.v1", **NOVA, **asked)
    yield call.says(silence(0.5) + speech(0, 1.5) + silence(1.5), speed=1.25)
    started = yield call.until("SpeechStarted")
    final = yield call.until("Results", speech_final=True)
    ended = yield call.until("UtteranceEnd")

    assert abs(started.timestamp - 0.5) < 0.05
    assert started.channel == [0, 1]
    said = [r for r in call.of("Results") if r.is_final and r.start <= final.start]
    assert transcript(said) == words(0, 1.5)
    assert abs(final.start + final.duration - (0.5 + 1.5 + 0.3)) < 0.05
    assert abs(ended.last_word_end - spoken(said)[-1].end) < MILLISECOND_S


@held("Finalize")
def finalize() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA, endpointing="false")
    yield call.says(speech(0, 1))
    yield call.does("send_finalize")
    first = yield call.until("Results", from_finalize=True)
    yield call.says(speech(1, 1.5))
    yield call.does("send_finalize", ListenV1Finalize(type="Finalize", channel=0))
    second = yield call.until("Results", from_finalize=True)

    assert transcript([first]) == words(0, 1)
    assert transcript([second]) == words(1, 1.5)
    assert_tiles([first, second], 1.5)
    assert first.is_final
    assert second.is_final


@held("CloseStream")
def close_stream() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield call.says(speech(0, 1))
    yield call.does("send_close_stream")
    error = yield call.ends()

    assert error is None, error
    assert call.kinds[-2:] == ["Results", "Metadata"], call.told()
    assert transcript(call.of("Results")) == words(0, 1)
    metadata = call.messages[-1]
    assert metadata.duration == 1.0
    assert metadata.channels == 1
    assert metadata.request_id == call.headers["dg-request-id"]


@held("KeepAlive")
def keep_alive() -> Talk:
    """The clock is audio: what passes without it leaves no gap in the times that are told."""
    call: Call = yield connect("listen.v1", **NOVA)
    yield call.says(speech(0, 1))
    for _ in range(3):
        yield call.does("send_keep_alive")
        yield Pause(0.2)
    yield call.says(speech(1, 1.5))
    yield call.does("send_close_stream")
    yield call.ends()

    assert_tiles(call.of("Results"), 1.5)
    assert transcript(call.of("Results")) == words(0, 1.5)


@held("KeepAlive for minutes", transports=("virtual",))
def keep_alive_for_minutes() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield call.says(speech(0, 10), speed=1)
    yield call.until("Results")
    for _ in range(40):
        yield Pause(4.0)
        yield call.does("send_keep_alive")
    yield call.says(speech(10, 15), speed=1)
    yield call.does("send_close_stream")
    error = yield call.ends()

    assert error is None, error
    assert_tiles(call.of("Results"), 15)
    assert transcript(call.of("Results")) == words(0, 15)


@held("Configure", versions=">=7.13")
def configure() -> Talk:
    from deepgram.listen.v1.types import ListenV1Configure

    call: Call = yield connect("listen.v1", **NOVA, keyterm=["one", "two"])
    yield call.does("send_configure", ListenV1Configure(keyterms=["three"]))
    success = yield call.until("ConfigureSuccess")
    yield call.does("send_configure", ListenV1Configure(keyterms=["much too many"] * 400))
    failure = yield call.until("ConfigureFailure")

    assert success.keyterms == ["three"]
    assert success.request_id == call.headers["dg-request-id"]
    assert failure.code == "CONFIGURE_KEYTERM_LIMIT_EXCEEDED"


@held("Configure on a model without keyterms", versions=">=7.13")
def configure_on_a_model_without_keyterms() -> Talk:
    from deepgram.listen.v1.types import ListenV1Configure

    call: Call = yield connect("listen.v1", **{**NOVA, "model": "nova-2"})
    yield call.does("send_configure", ListenV1Configure(keyterms=["three"]))
    failure = yield call.until("ConfigureFailure")

    assert failure.code == "CONFIGURE_KEYTERMS_NOT_SUPPORTED"


@held("multichannel")
def multichannel() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA, multichannel="true", channels=2)
    yield call.says(interleaved(speech(0, 1), speech(5, 6)))
    yield call.does("send_close_stream")
    yield call.ends()

    left = [result for result in call.of("Results") if result.channel_index == [0, 2]]
    right = [result for result in call.of("Results") if result.channel_index == [1, 2]]
    assert len(left) + len(right) == len(call.of("Results"))
    assert transcript(left) == words(0, 1)
    assert transcript(right) == words(5, 6)
    assert call.messages[-1].channels == 2


@held("WAV on every connection")
def wav_on_every_connection() -> Talk:
    first: Call = yield connect("listen.v1", model="nova-3")
    yield first.says(wav(speech(0, 1)))
    yield first.does("send_close_stream")
    yield first.ends()
    second: Call = yield connect("listen.v1", model="nova-3")
    yield second.says(speech(1, 2))
    yield second.does("send_close_stream")
    yield second.ends()

    assert transcript(first.of("Results")) == words(0, 1)
    # The header stood in the first connection only, so the second one's audio is no audio.
    assert second.kinds == ["Metadata"], second.told()
    assert second.messages[0].duration == 0


@held("late finals are waited for", settings={"late_finals_s": 2.0})
def late_finals() -> Talk:
    """pipecat#5347: who stops reading once CloseStream is sent loses the last words."""
    call: Call = yield connect("listen.v1", **NOVA)
    yield call.says(speech(0, 1))
    yield call.does("send_close_stream")
    yield Pause(0.5)
    assert call.messages == [], call.told()
    yield call.ends()

    assert transcript(call.of("Results")) == words(0, 1)


@held("an empty frame closes")
def an_empty_frame_closes() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield call.says(speech(0, 1))
    yield call.does("send_media", b"")
    error = yield call.ends()

    assert error is None
    assert call.kinds[-1] == "Metadata"


@held("an unknown message is answered, and the call goes on", versions=">=7.13")
def an_unknown_message() -> Talk:
    call: Call = yield connect("listen.v1", **NOVA)
    yield call.does("send_finalize", ListenV1Finalize(type="Bogus"))
    error = yield call.until("Error")
    yield call.says(speech(0, 1))
    yield call.does("send_finalize")
    final = yield call.until("Results", from_finalize=True)

    assert error.variant == "SchemaError"
    assert error.message == '{"type": "Bogus"}'
    assert "unknown variant `Bogus`, expected one of `CloseStream`, `Configure`" in error.description
    assert transcript([final]) == words(0, 1)


@held("no more than 1.25 times real time", transports=("virtual",))
def no_more_than_real_time_and_a_quarter() -> Talk:
    """What is sent all at once is heard at the service's own pace, behind the second that it takes in one gulp."""
    call: Call = yield connect("listen.v1", **NOVA, interim_results="true")
    yield call.says(speech(0, 5))
    yield Pause(2.0)
    heard_s = max(result.start + result.duration for result in call.of("Results"))
    yield call.does("send_close_stream")
    yield call.ends()

    # Of the interims at 1.08 s, 2.08 s and so on, the third was due after 2.08 s / 1.25, the fourth was not yet.
    assert abs(heard_s - 3.08) < MILLISECOND_S, heard_s
    assert transcript([result for result in call.of("Results") if result.is_final]) == words(0, 5)


@held("sending waits while the service is behind", transports=("virtual",))
def sending_waits() -> Talk:
    """Too much audio is throttled and not refused: nothing is read meanwhile, so sockets fill up, and `send` waits."""
    call: Call = yield connect("listen.v1", **NOVA)
    began_s = yield Clock()
    yield call.says(silence(240), frame_s=1.0)
    sent_s = (yield Clock()) - began_s
    yield call.does("send_close_stream")
    yield call.ends(within_s=240)

    # The sockets of a machine hold some 4 MiB, which is 130 s of it.
    assert sent_s > 60, sent_s
    assert_tiles(call.of("Results"), 240)


@held("a new connection begins at 0")
def a_new_connection_begins_at_zero() -> Talk:
    mine = {"api_key": "a-key", "session_id": "the-session"}
    first: Call = yield connect("listen.v1", client=mine, **NOVA)
    yield first.says(speech(0, 1))
    yield first.does("send_finalize")
    before = yield first.until("Results", from_finalize=True)
    yield first.leaves()
    second: Call = yield connect("listen.v1", client=mine, **NOVA)
    yield second.says(speech(1, 2))
    yield second.does("send_finalize")
    after = yield second.until("Results", from_finalize=True)

    accounts = yield Ledger("the-session")

    assert after.start == before.start == 0
    assert transcript([before, after]) == words(0, 2)
    assert after.metadata.request_id != before.metadata.request_id
    assert [account["caller"]["finalised_s"] for account in accounts] == [1.0, 1.0]


@held("what was not final is lost with the connection")
def what_was_not_final_is_lost() -> Talk:
    """`send` returning is no delivery: the mock tells what it received from what a final covers."""
    mine = {"api_key": "a-key", "session_id": "the-session"}
    call: Call = yield connect("listen.v1", client=mine, **NOVA, endpointing="false")
    yield call.says(speech(0, 1))
    yield call.does("send_finalize")
    yield call.until("Results", from_finalize=True)
    yield call.says(speech(1, 1.5))
    yield Pause(1.0)
    yield call.leaves()
    (account,) = yield Ledger("the-session")

    caller = {name: round(seconds, 6) for name, seconds in account["caller"].items()}
    assert caller == {"received_s": 1.5, "processed_s": 1.5, "finalised_s": 1.0}, caller
    assert round(account["audio_s"]["client"], 6) == 1.5, account["audio_s"]


@held("mulaw")
def mulaw() -> Talk:
    """Companded audio keeps its length, not its positions: as many words are heard as there was speech for."""
    call: Call = yield connect("listen.v1", model="nova-3", encoding="mulaw", sample_rate=8000)
    yield call.says(b"\x80\x00" * 4000)
    yield call.does("send_close_stream")
    yield call.ends()

    assert len(transcript(call.of("Results"))) == 4
    assert call.messages[-1].duration == 1.0


@held("a recording by REST")
def a_recording() -> Talk:
    whole = speech(0, 2) + silence(0.5)
    answer = yield ask("listen.v1.media.transcribe_file", request=wav(whole), model="nova-3", smart_format=True)

    (channel,) = answer.results.channels
    assert [word.word for word in channel.alternatives[0].words] == words(0, 2)
    assert channel.alternatives[0].transcript.split()
    assert answer.metadata.duration == 2.5
    assert isinstance(answer.metadata.created, datetime)
    assert answer.metadata.sha256 == hashlib.sha256(wav(whole)).hexdigest()


@held("a recording that is none is refused")
def no_recording() -> Talk:
    raised = yield refused(ask("listen.v1.media.transcribe_file", request=b"no audio at all", model="nova-3"))

    assert raised.status_code == 400
    assert raised.body["err_code"] == "Bad Request"


def spoken(results: list[Any]) -> list[Any]:
    return [word for result in results for word in result.channel.alternatives[0].words]


def transcript(results: list[Any]) -> list[str]:
    return [word.word for word in spoken(results)]


def assert_tiles(finals: list[Any], until_s: float) -> None:
    """Finals cover the audio up to here without a gap or an overlap, to the millisecond."""
    at_s = 0.0
    for final in finals:
        assert abs(final.start - at_s) < MILLISECOND_S, f"{final.start} does not follow {at_s}"
        at_s = final.start + final.duration
    assert abs(at_s - until_s) < MILLISECOND_S, f"finals end at {at_s}, not at {until_s}"


def interleaved(left: bytes, right: bytes) -> bytes:
    """Two channels of 16-bit samples in one stream."""
    return b"".join(left[at : at + 2] + right[at : at + 2] for at in range(0, len(left), 2))
