"""Speech over /v1/speak (Aura), by WebSocket and by REST, as the user of the Deepgram SDK sees it."""

from __future__ import annotations

import struct

from deepgram.core.api_error import ApiError
from deepgram.speak.v1.types import SpeakV1Text

from tests.sdk.deepgram_hands import held
from tests.sdk.deepgram_speech import NOVA, agent_seconds, silence, speech
from tests.sdk.deepgram_talk import Ask, Call, Pause, Talk, Trouble, ask, connect, refused

__all__: list[str] = []

AURA = {"model": "aura-2-thalia-en", "encoding": "linear16", "sample_rate": 24_000}
AURA_BYTES_PER_S = 48_000


def text(words: int) -> SpeakV1Text:
    return SpeakV1Text(type="Speak", text=" ".join(["word"] * words))


@held("text in, audio out")
def text_in_audio_out() -> Talk:
    call: Call = yield connect("speak.v1", **AURA)
    yield call.does("send_text", text(4))
    yield call.does("send_text", text(4))
    yield call.does("send_flush")
    flushed = yield call.until("Flushed")

    (metadata,) = call.of("Metadata")
    assert metadata.request_id == call.headers["dg-request-id"]
    assert metadata.model_name == "aura-2-thalia-en"
    # The whole of the audio comes before the word that it is all there.
    assert agent_seconds(call.audio, bytes_per_s=AURA_BYTES_PER_S) == 8 * 0.25
    assert call.messages[-1] is flushed


@held("every flush is answered in order")
def every_flush_is_answered_in_order() -> Talk:
    call: Call = yield connect("speak.v1", **AURA)
    for _ in range(3):
        yield call.does("send_text", text(1))
        yield call.does("send_flush")
    flushed = []
    for _ in range(3):
        flushed.append((yield call.until("Flushed")).sequence_id)

    assert flushed == sorted(set(flushed))
    assert agent_seconds(call.audio, bytes_per_s=AURA_BYTES_PER_S) == 3 * 0.25


@held("cancel")
def cancel() -> Talk:
    """`Clear`: what was not sent yet is never sent."""
    call: Call = yield connect("speak.v1", **AURA)
    yield call.does("send_text", text(80))
    yield call.does("send_flush")
    yield call.until("Audio")
    yield call.does("send_clear")
    yield call.until("Cleared")
    heard = len(call.audio)
    yield Pause(0.5)

    assert len(call.audio) == heard < 80 * 0.25 * AURA_BYTES_PER_S
    assert "Flushed" not in call.kinds, call.told()


@held("barge-in")
def barge_in() -> Talk:
    """The caller speaks while the agent does: listen tells of it, and speak is cleared."""
    agent: Call = yield connect("speak.v1", **AURA)
    caller: Call = yield connect("listen.v1", **NOVA, vad_events="true", interim_results="true")
    yield agent.does("send_text", text(80))
    yield agent.does("send_flush")
    yield agent.until("Audio")
    yield caller.says(silence(0.3) + speech(0, 0.5))
    started = yield caller.until("SpeechStarted")
    yield agent.does("send_clear")
    yield agent.until("Cleared")
    heard = len(agent.audio)
    yield Pause(0.5)

    assert abs(started.timestamp - 0.3) < 0.05
    assert len(agent.audio) == heard < 80 * 0.25 * AURA_BYTES_PER_S


@held("Close")
def close() -> Talk:
    """What was not flushed yet is spoken first."""
    call: Call = yield connect("speak.v1", **AURA)
    yield call.does("send_text", text(4))
    yield call.does("send_close")
    error = yield call.ends()

    assert error is None
    assert agent_seconds(call.audio, bytes_per_s=AURA_BYTES_PER_S) == 1.0


@held("too many flushes are warned of")
def too_many_flushes() -> Talk:
    """Read `type` and the fields: the SDK has no class for the warning that is really sent (deepgram-python-sdk#653)."""
    call: Call = yield connect("speak.v1", **AURA)
    for _ in range(21):
        yield call.does("send_flush")
    warning = yield call.until("Warning")

    assert len(call.of("Flushed")) == 20
    assert warning.warn_code == "EXCESSIVE_FLUSH"


@held("too long a text is the end")
def too_long_a_text() -> Talk:
    call: Call = yield connect("speak.v1", **AURA)
    yield call.does("send_text", SpeakV1Text(type="Speak", text="a" * 2001))
    error = yield call.ends()

    assert error.rcvd.code == 1008
    assert "DATA-0001" in error.rcvd.reason


@held("session cap", settings={"speak_session_s": 1.0})
def session_cap() -> Talk:
    call: Call = yield connect("speak.v1", **AURA)
    error = yield call.ends()

    assert error.rcvd.code == 1011
    assert "NET-0003" in error.rcvd.reason


@held("session cap after an hour", transports=("virtual",))
def session_cap_after_an_hour() -> Talk:
    call: Call = yield connect("speak.v1", **AURA)
    yield Pause(3599)
    assert not call.is_over, call.told()
    error = yield call.ends(within_s=2)

    assert error.rcvd.code == 1011


@held("a warning as the specification has it", settings={"speak_warning": "specified"})
def specified_warning() -> Talk:
    call: Call = yield connect("speak.v1", **AURA)
    for _ in range(21):
        yield call.does("send_flush")
    warning = yield call.until("Warning")

    assert warning.code == "EXCESSIVE_FLUSH"
    assert warning.description


@held("speak REST")
def speak_rest() -> Talk:
    chunks = yield generated("one two three four", container="none", sample_rate=16_000)

    assert len(chunks) > 1
    assert agent_seconds(b"".join(chunks), bytes_per_s=32_000) == 1.0


@held("speak REST as WAV")
def speak_rest_as_wav() -> Talk:
    whole = b"".join((yield generated("one two", sample_rate=16_000)))

    riff, _, wave, form, _, codec, channels, rate_hz = struct.unpack("<4sI4s4sIHHI", whole[:28])
    assert (riff, wave, form, codec, channels, rate_hz) == (b"RIFF", b"WAVE", b"fmt ", 1, 1, 16_000)
    assert agent_seconds(whole[44:], bytes_per_s=32_000) == 0.5


@held("speak REST refuses a text without words")
def speak_rest_refuses() -> Talk:
    error: ApiError = yield refused(generated(" "))

    assert error.status_code == 400
    assert list(error.body) == ["err_code", "err_msg", "request_id"]
    assert error.headers["dg-request-id"] == error.body["request_id"]
    assert error.headers["dg-error"] == error.body["err_msg"] == "Bad Request: Input text contains no characters."


@held("speak REST refuses a long text")
def speak_rest_refuses_a_long_text() -> Talk:
    error: ApiError = yield refused(generated("a" * 2401))

    assert error.status_code == 413
    assert error.body["err_msg"] == "Input text exceeds maximum character limit of 2400."


@held("sees speak REST fail")
def sees_speak_rest_fail() -> Talk:
    """The SDK does not repeat a call whose answer is a stream, whatever the status."""
    call: Call = yield connect("listen.v1", **NOVA)
    yield Trouble(do={"fail_response": {"code": "speak:503"}})
    error: ApiError = yield refused(generated("one"))
    chunks = yield generated("one")

    assert error.status_code == 503
    assert error.body["err_msg"] == "Please try again later"
    assert call.error is None
    assert chunks


def generated(said: str, **more: object) -> Ask:
    return ask("speak.v1.audio.generate", text=said, model="aura-2-thalia-en", encoding="linear16", **more)
