"""Speech in turns over /v2/speak (Flux TTS), as the user of the Deepgram SDK sees it; the SDK has all of it since 7.7."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from tests.sdk.deepgram_hands import held as _held
from tests.sdk.deepgram_refusals import read
from tests.sdk.deepgram_speech import LINEAR16, agent_seconds, silence, speech
from tests.sdk.deepgram_talk import Call, Pause, Step, Talk, ask, connect, refused

__all__: list[str] = []

FLUX = {"model": "flux-alexis-en", "encoding": "linear16", "sample_rate": "16000"}
BYTES_PER_S = 32_000
SINCE = ">=7.7"


def held(name: str, **options: Any) -> Any:
    return _held(f"Flux TTS: {name}", versions=SINCE, **options)


def speak(words: int, before: str = "") -> Any:
    """A text of so many words. Texts follow each other as they come: a client may send half a word at a time."""
    from deepgram.speak.v2.types import SpeakV2Speak

    return SpeakV2Speak(text=before + " ".join(["word"] * words))


def interrupt(at_ms: int) -> Any:
    from deepgram.speak.v2.types import SpeakV2Interrupt, SpeakV2InterruptPlaybackOffset

    return SpeakV2Interrupt(playback_offset=SpeakV2InterruptPlaybackOffset(value=at_ms))


@held("text in, audio out")
def text_in_audio_out() -> Talk:
    call: Call = yield connect("speak.v2", **FLUX)
    connected = yield call.until("Connected")
    yield call.does("send_speak", speak(2))
    yield call.does("send_speak", speak(2, " "))
    yield call.does("send_flush")
    metadata = yield call.until("SpeechMetadata")

    (started,), (flushed,) = call.of("SpeechStarted"), call.of("Flushed")
    assert connected.request_id == call.headers["dg-request-id"]
    assert connected.model_name == "flux-alexis-en"
    assert connected.model_uuids
    assert re.fullmatch("dg_sp_[0-9a-f]{12}", started.speech_id), started.speech_id
    assert started.speech_id == flushed.speech_id == metadata.speech_id
    assert agent_seconds(call.audio, bytes_per_s=BYTES_PER_S) == 1.0
    assert metadata.audio_duration_ms == 1000
    assert metadata.input_character_count == len("word word word word")
    # All audio of a turn lies between its beginning and its bill.
    assert call.kinds.index("SpeechStarted") < call.kinds.index("Audio")
    assert call.kinds[-1] == "SpeechMetadata"


@held("turns wait for each other")
def turns_wait_for_each_other() -> Talk:
    call: Call = yield connect("speak.v2", **FLUX)
    for _ in range(2):
        yield call.does("send_speak", speak(2))
        yield call.does("send_flush")
    first = yield call.until("SpeechMetadata")
    second = yield call.until("SpeechMetadata")

    told = [kind for kind in call.kinds if kind.startswith("Speech")]
    assert told == ["SpeechStarted", "SpeechMetadata"] * 2, call.told()
    assert first.speech_id != second.speech_id
    assert (first.audio_duration_ms, second.audio_duration_ms) == (500, 500)
    assert agent_seconds(call.audio, bytes_per_s=BYTES_PER_S) == 1.0


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


@held("Interrupt without an offset")
def interrupted_somewhere() -> Talk:
    """Without an offset the service knows what it has sent, not what was heard: the text is not split."""
    call: Call = yield connect("speak.v2", **FLUX)
    yield call.does("send_speak", speak(80))
    yield call.does("send_flush")
    yield call.until("Audio")
    yield call.does("send_interrupt")
    told = yield call.until("SpeechInterrupted")

    sent_ms = len(b"".join(m for m in call.messages[: call.seen] if isinstance(m, bytes))) / BYTES_PER_S * 1000
    assert abs(told.audio_played_ms - sent_ms) <= 1, (told.audio_played_ms, sent_ms)
    assert getattr(told, "text_spoken", None) is None
    assert getattr(told, "text_remaining", None) is None


@held("barge-in")
def barge_in() -> Talk:
    """The caller begins a turn while the agent speaks: Flux tells it, and Flux TTS is interrupted where it was heard."""
    agent: Call = yield connect("speak.v2", **FLUX)
    caller: Call = yield connect("listen.v2", model="flux-general-en", **LINEAR16)
    yield agent.does("send_speak", speak(80))
    yield agent.does("send_flush")
    yield agent.until("Audio")
    yield caller.says(silence(0.3) + speech(0, 0.5))
    yield caller.until("TurnInfo", event="StartOfTurn")
    yield agent.does("send_interrupt", interrupt(250))
    told = yield agent.until("SpeechInterrupted")
    heard = len(agent.audio)
    yield agent.does("send_speak", speak(2))
    yield agent.does("send_flush")
    answer = yield agent.until("SpeechMetadata")

    assert told.text_spoken == "word"
    assert answer.audio_duration_ms == 500
    assert len(agent.audio) == heard + BYTES_PER_S // 2


def _warns(name: str, code: str, *steps: Callable[[Call], Step]) -> None:
    @held(name)
    def warned() -> Talk:
        call: Call = yield connect("speak.v2", **FLUX)
        for step in steps:
            yield step(call)
        warning = yield call.until("Warning")

        assert warning.code == code
        assert warning.description
        assert not call.is_over


_warns(
    "Interrupt before any audio is warned of",
    "NO_AUDIO_GENERATED",
    lambda call: call.does("send_interrupt"),
)
_warns(
    "Flush without a text is warned of",
    "NO_ACTIVE_SPEECH",
    lambda call: call.does("send_flush"),
)
_warns(
    "a text without words is warned of",
    "NO_SYNTHESIZABLE_TEXT",
    lambda call: call.does("send_speak", speak(0, "...")),
    lambda call: call.does("send_flush"),
)
_warns(
    "an Interrupt that goes back is warned of",
    "INVALID_INTERRUPT_OFFSET",
    lambda call: call.does("send_speak", speak(80)),
    lambda call: call.until("Audio"),
    lambda call: call.does("send_interrupt", interrupt(100)),
    lambda call: call.until("SpeechInterrupted"),
    lambda call: call.does("send_speak", speak(80)),
    lambda call: call.until("Audio"),
    lambda call: call.does("send_interrupt", interrupt(50)),
)


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


@held("an Aura voice is refused")
def an_aura_voice_is_refused() -> Talk:
    raised = yield refused(connect("speak.v2", **{**FLUX, "model": "aura-2-thalia-en"}))

    assert read(raised).status == 400


@held("expressivity has a range")
def expressivity() -> Talk:
    call: Call = yield connect("speak.v2", **FLUX, expressivity=2)
    raised = yield refused(connect("speak.v2", **FLUX, expressivity=3))

    assert not call.is_over
    assert read(raised).status == 400
    assert "EXPRESSIVITY_OUT_OF_RANGE" in (read(raised).body or {}).get("err_code", "EXPRESSIVITY_OUT_OF_RANGE")


@held("REST")
def rest() -> Talk:
    wish = {"model": "flux-alexis-en", "encoding": "linear16", "container": "none", "sample_rate": 16_000}
    chunks = yield ask("speak.v2.audio.generate", text="one two three four", **wish)

    assert agent_seconds(b"".join(chunks), bytes_per_s=BYTES_PER_S) == 1.0
