"""Speech in turns over /v2/speak (Flux TTS), as the user of the Deepgram SDK sees it; the SDK has it since 7."""

from __future__ import annotations

import re
from typing import Any

from tests.sdk.deepgram_hands import held as _held
from tests.sdk.deepgram_speech import agent_seconds
from tests.sdk.deepgram_talk import Call, Pause, Talk, connect

__all__: list[str] = []

FLUX = {"model": "flux-alexis-en", "encoding": "linear16", "sample_rate": "16000"}
BYTES_PER_S = 32_000
SINCE = ">=7.17"


def held(name: str, **options: Any) -> Any:
    return _held(f"Flux TTS: {name}", versions=SINCE, **options)


def speak(words: int) -> Any:
    from deepgram.speak.v2.types import SpeakV2Speak

    return SpeakV2Speak(text=" ".join(["word"] * words))


def interrupt(at_ms: int) -> Any:
    from deepgram.speak.v2.types import SpeakV2Interrupt, SpeakV2InterruptPlaybackOffset

    return SpeakV2Interrupt(playback_offset=SpeakV2InterruptPlaybackOffset(value=at_ms))


@held("text in, audio out")
def text_in_audio_out() -> Talk:
    call: Call = yield connect("speak.v2", **FLUX)
    connected = yield call.until("Connected")
    yield call.does("send_speak", speak(4))
    yield call.does("send_flush")
    started = yield call.until("SpeechStarted")
    yield call.until("Audio")
    yield call.until("Flushed", speech_id=started.speech_id)
    metadata = call.of("SpeechMetadata")[0] if call.of("SpeechMetadata") else (yield call.until("SpeechMetadata"))

    assert connected.request_id == call.headers["dg-request-id"]
    assert connected.model_name == "flux-alexis-en"
    assert connected.model_uuids
    assert re.fullmatch("dg_sp_[0-9a-f]{12}", started.speech_id)
    assert agent_seconds(call.audio, bytes_per_s=BYTES_PER_S) == 1.0
    assert metadata.speech_id == started.speech_id
    assert metadata.audio_duration_ms == 1000
    assert metadata.input_character_count == len("word word word word")
    assert call.kinds.index("SpeechStarted") < call.kinds.index("Audio")


@held("Interrupt")
def interrupted() -> Talk:
    call: Call = yield connect("speak.v2", **FLUX)
    yield call.does("send_speak", speak(80))
    yield call.does("send_flush")
    yield call.until("Audio")
    yield Pause(0.5)
    yield call.does("send_interrupt", interrupt(500))
    told = yield call.until("SpeechInterrupted")
    heard = len(call.audio)
    yield Pause(0.5)

    assert told.audio_played_ms == 500
    assert told.text_spoken.split() == ["word"] * 2
    assert told.text_remaining.split() == ["word"] * 78
    assert told.metadata.speech_id == call.of("SpeechStarted")[0].speech_id
    assert len(call.audio) == heard < 80 * 0.25 * BYTES_PER_S


@held("Interrupt before any audio is warned of")
def interrupt_before_any_audio() -> Talk:
    call: Call = yield connect("speak.v2", **FLUX)
    yield call.does("send_interrupt")
    warning = yield call.until("Warning")

    assert warning.code == "NO_AUDIO_GENERATED"
    assert warning.description


@held("Configure")
def configure() -> Talk:
    from deepgram.speak.v2.types import SpeakV2Configure

    call: Call = yield connect("speak.v2", **FLUX)
    yield call.does("send_configure", SpeakV2Configure(speed=1.25))
    success = yield call.until("ConfigureSuccess")
    yield call.does("send_configure", SpeakV2Configure(speed=3.0))
    out_of_range = yield call.until("ConfigureFailure")
    yield call.does("send_configure", SpeakV2Configure(speed=1.01))
    between = yield call.until("ConfigureFailure")

    assert success.applied.speed == 1.25
    assert (out_of_range.code, out_of_range.field, out_of_range.value) == ("SPEED_OUT_OF_RANGE", "speed", 3.0)
    assert between.code == "SPEED_INCREMENT_INVALID"


@held("Close")
def close() -> Talk:
    call: Call = yield connect("speak.v2", **FLUX)
    yield call.does("send_speak", speak(4))
    yield call.does("send_close")
    error = yield call.ends()

    assert error is None
    session = call.messages[-1]
    assert session.type == "SessionMetadata", call.told()
    assert session.total_audio_duration_ms == 1000
    assert session.total_input_character_count == len("word word word word")
    assert agent_seconds(call.audio, bytes_per_s=BYTES_PER_S) == 1.0


@held("a pause marker is an error")
def a_pause_marker_is_an_error() -> Talk:
    from deepgram.speak.v2.types import SpeakV2Speak

    call: Call = yield connect("speak.v2", **FLUX)
    yield call.does("send_speak", SpeakV2Speak(text="one {pause:500ms} two"))
    yield call.does("send_flush")
    error = yield call.until("Error")
    yield call.ends()

    assert error.code == "DATA-0002"
