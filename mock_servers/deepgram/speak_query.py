"""What a client asks /v1/speak and /v2/speak for, and which questions are answered with 400.

Source: docs/tts-media-output-settings (deepgram-docs@4b4a10a) for the combinations; deepgram-api-specs@4ba987c; for
/v2/speak (Flux) deepgram-sdk 7.17.0, types/speak_v2*.py, and docs/flux-tts/feature-overview, read 2026-08.
"""

from __future__ import annotations

from dataclasses import dataclass

from mock_servers.base.protocol import Request
from mock_servers.deepgram.errors import Refusal, Refused, bad_query, bad_request
from mock_servers.deepgram.models import Model, flux_voice, speaking_model
from mock_servers.deepgram.parameters import Parameters, undeserializable

__all__ = [
    "SPEED", "SPEED_STEP", "SpeakQuery", "flux_speak_query", "flux_speak_socket_query", "is_a_step", "speak_query",
    "speak_socket_query",
]  # fmt: skip

SPEED = (0.5, 1.5)
SPEED_STEP = 0.05

_ENCODINGS = ("linear16", "mulaw", "alaw", "mp3", "opus", "flac", "aac")
_SPOKEN = ("linear16", "mulaw", "alaw")
_SAMPLE_RATES_HZ = {
    "linear16": (8_000, 16_000, 24_000, 32_000, 48_000), "mulaw": (8_000, 16_000), "alaw": (8_000, 16_000),
}  # fmt: skip
_FLUX_SAMPLE_RATES_HZ = {**_SAMPLE_RATES_HZ, "linear16": (8_000, 16_000, 24_000, 32_000, 44_100, 48_000)}
_SAMPLE_RATE_HZ = {"linear16": 24_000, "mulaw": 8_000, "alaw": 8_000}
_MODEL = "aura-asteria-en"
_EXPRESSIVITY = (-2, -1, 0, 1, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakQuery:
    """A question that can be answered. `speed` is the rate asked for; None if it was not."""

    model: Model
    encoding: str
    sample_rate_hz: int
    is_wav: bool = False
    speed: float | None = None

    @property
    def bytes_per_s(self) -> int:
        return self.sample_rate_hz * (2 if self.encoding == "linear16" else 1)

    @property
    def content_type(self) -> str:
        if self.is_wav:
            return "audio/wav"
        return f"audio/{'l16' if self.encoding == 'linear16' else self.encoding};rate={self.sample_rate_hz}"


def speak_query(request: Request) -> SpeakQuery:
    """The query of a POST to /v1/speak.

    Without `encoding` the specification has MP3 and one page of the documentation has linear16 in WAV; a mock has no
    MP3 encoder and follows that page.

    Raises:
        Refused: The first thing that is wrong.
    """
    parameters = Parameters(request)
    encoding, sample_rate_hz = _sound(parameters, _SAMPLE_RATES_HZ)
    is_wav = _in_wav(parameters, encoding)
    model = _aura(parameters)
    return SpeakQuery(
        model=model, encoding=encoding, sample_rate_hz=sample_rate_hz, is_wav=is_wav, speed=_speed(parameters)
    )


def speak_socket_query(request: Request) -> SpeakQuery:
    """The query of a WebSocket to /v1/speak, which sends raw audio and knows no container.

    Raises:
        Refused: The first thing that is wrong.
    """
    parameters = Parameters(request)
    encoding, sample_rate_hz = _sound(parameters, _SAMPLE_RATES_HZ)
    return SpeakQuery(
        model=_aura(parameters), encoding=encoding, sample_rate_hz=sample_rate_hz, speed=_speed(parameters)
    )  # fmt: skip


def flux_speak_query(request: Request) -> SpeakQuery:
    """The query of a POST to /v2/speak: as that of /v1/speak, and the model must be told, and be one of Flux.

    Raises:
        Refused: The first thing that is wrong.
    """
    parameters = Parameters(request)
    encoding, sample_rate_hz = _sound(parameters, _FLUX_SAMPLE_RATES_HZ)
    is_wav = _in_wav(parameters, encoding)
    return _flux(parameters, encoding, sample_rate_hz, is_wav=is_wav)


def flux_speak_socket_query(request: Request) -> SpeakQuery:
    """The query of a WebSocket to /v2/speak.

    Raises:
        Refused: The first thing that is wrong.
    """
    parameters = Parameters(request)
    encoding, sample_rate_hz = _sound(parameters, _FLUX_SAMPLE_RATES_HZ)
    return _flux(parameters, encoding, sample_rate_hz, is_wav=False)


def _sound(parameters: Parameters, rates_hz: dict[str, tuple[int, ...]]) -> tuple[str, int]:
    parameters.flag("mip_opt_out")
    encoding = parameters.choice("encoding", _ENCODINGS, "linear16")
    if encoding not in _SPOKEN:
        raise _unsupported(f"this mock speaks {', '.join(_SPOKEN)}, not {encoding}")
    sample_rate_hz = parameters.positive("sample_rate", _SAMPLE_RATE_HZ[encoding])
    if sample_rate_hz not in rates_hz[encoding]:
        raise _unsupported(f"encoding={encoding} with sample_rate={sample_rate_hz}")
    return encoding, sample_rate_hz


def _in_wav(parameters: Parameters, encoding: str) -> bool:
    container = parameters.text("container", "wav")
    if container not in ("wav", "none"):
        raise _unsupported(f"encoding={encoding} with container={container}")
    if parameters.texts("bit_rate"):
        raise _unsupported(f"bit_rate does not apply to encoding={encoding}")
    if parameters.texts("callback"):
        raise Refused(bad_query("Invalid callback url. This mock calls nobody back."))
    return container == "wav"


def _aura(parameters: Parameters) -> Model:
    model = speaking_model(parameters.text("model", _MODEL))
    if model is None:
        raise Refused(bad_request("No such model/version combination found."))
    return model


def _flux(parameters: Parameters, encoding: str, sample_rate_hz: int, *, is_wav: bool) -> SpeakQuery:
    model = flux_voice(parameters.required("model"))
    if model is None:
        raise Refused(bad_request("No such model/version combination found."))
    _check_expressivity(parameters)
    return SpeakQuery(
        model=model, encoding=encoding, sample_rate_hz=sample_rate_hz, is_wav=is_wav, speed=_speed(parameters)
    )


def _speed(parameters: Parameters) -> float | None:
    text = parameters.text("speed", "")
    if not text:
        return None
    try:
        speed = float(text)
    except ValueError:
        raise undeserializable("invalid float literal") from None
    if not SPEED[0] <= speed <= SPEED[1]:
        raise Refused(Refusal(400, "SPEED_OUT_OF_RANGE", f"speed must be between {SPEED[0]} and {SPEED[1]}."))
    if not is_a_step(speed):
        raise Refused(Refusal(400, "SPEED_INCREMENT_INVALID", f"speed must be a multiple of {SPEED_STEP}."))
    return speed


def is_a_step(speed: float) -> bool:
    """Whether this speed, which is in its range, is one of the steps that can be had."""
    return abs(speed / SPEED_STEP - round(speed / SPEED_STEP)) < 1e-6


def _check_expressivity(parameters: Parameters) -> None:
    text = parameters.text("expressivity", "0")
    try:
        value = float(text)
    except ValueError:
        raise undeserializable("invalid float literal") from None
    if not _EXPRESSIVITY[0] <= value <= _EXPRESSIVITY[-1]:
        raise Refused(Refusal(400, "EXPRESSIVITY_OUT_OF_RANGE", "expressivity must be between -2 and 2."))
    if value not in _EXPRESSIVITY:
        raise Refused(Refusal(400, "EXPRESSIVITY_INCREMENT_INVALID", "expressivity must be a whole number."))


def _unsupported(what: str) -> Refused:
    return Refused(bad_query(f"Unsupported audio format: {what}."))
