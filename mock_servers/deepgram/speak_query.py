"""What a client asks /v1/speak for, and which questions are answered with 400.

Source: docs/tts-media-output-settings (deepgram-docs@4b4a10a) for the combinations; deepgram-api-specs@4ba987c.
"""

from __future__ import annotations

from dataclasses import dataclass

from mock_servers.base.protocol import Request
from mock_servers.deepgram.errors import Refusal, Refused, bad_request
from mock_servers.deepgram.models import Model, speaking_model
from mock_servers.deepgram.parameters import Parameters

__all__ = ["SpeakQuery", "speak_query", "speak_socket_query"]

_ENCODINGS = ("linear16", "mulaw", "alaw", "mp3", "opus", "flac", "aac")
_SPOKEN = ("linear16", "mulaw", "alaw")
_SAMPLE_RATES_HZ = {
    "linear16": (8_000, 16_000, 24_000, 32_000, 48_000), "mulaw": (8_000, 16_000), "alaw": (8_000, 16_000),
}  # fmt: skip
_SAMPLE_RATE_HZ = {"linear16": 24_000, "mulaw": 8_000, "alaw": 8_000}
_MODEL = "aura-asteria-en"


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakQuery:
    model: Model
    encoding: str
    sample_rate_hz: int
    is_wav: bool = False

    @property
    def bytes_per_s(self) -> int:
        return self.sample_rate_hz * (2 if self.encoding == "linear16" else 1)

    @property
    def content_type(self) -> str:
        if self.is_wav:
            return "audio/wav"
        return f"audio/{'l16' if self.encoding == 'linear16' else self.encoding};rate={self.sample_rate_hz}"


def speak_query(request: Request) -> SpeakQuery:
    """The query of a REST call.

    Without `encoding` the specification has MP3 and one page of the documentation has linear16 in WAV; a mock has no
    MP3 encoder and follows that page.

    Raises:
        Refused: The first thing that is wrong.
    """
    parameters = Parameters(request)
    encoding, sample_rate_hz = _sound(parameters)
    container = parameters.text("container", "wav")
    if container not in ("wav", "none"):
        raise _unsupported(f"encoding={encoding} with container={container}")
    if parameters.texts("bit_rate"):
        raise _unsupported(f"bit_rate does not apply to encoding={encoding}")
    if parameters.texts("callback"):
        raise Refused(Refusal(400, "INVALID_QUERY_PARAMETER", "Invalid callback url. This mock calls nobody back."))
    return SpeakQuery(
        model=_model(parameters), encoding=encoding, sample_rate_hz=sample_rate_hz, is_wav=container == "wav"
    )


def speak_socket_query(request: Request) -> SpeakQuery:
    """The query of a WebSocket, which sends raw audio and knows no container.

    Raises:
        Refused: The first thing that is wrong.
    """
    parameters = Parameters(request)
    encoding, sample_rate_hz = _sound(parameters)
    return SpeakQuery(model=_model(parameters), encoding=encoding, sample_rate_hz=sample_rate_hz)


def _sound(parameters: Parameters) -> tuple[str, int]:
    parameters.flag("mip_opt_out")
    encoding = parameters.choice("encoding", _ENCODINGS, "linear16")
    if encoding not in _SPOKEN:
        raise _unsupported(f"this mock speaks {', '.join(_SPOKEN)}, not {encoding}")
    sample_rate_hz = parameters.positive("sample_rate", _SAMPLE_RATE_HZ[encoding])
    if sample_rate_hz not in _SAMPLE_RATES_HZ[encoding]:
        raise _unsupported(f"encoding={encoding} with sample_rate={sample_rate_hz}")
    return encoding, sample_rate_hz


def _model(parameters: Parameters) -> Model:
    model = speaking_model(parameters.text("model", _MODEL))
    if model is None:
        raise Refused(bad_request("No such model/version combination found."))
    return model


def _unsupported(what: str) -> Refused:
    return Refused(Refusal(400, "INVALID_QUERY_PARAMETER", f"Unsupported audio format: {what}."))
