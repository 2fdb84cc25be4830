"""What a client asks /v1/listen for, and which questions are answered with 400 or 403.

Source for names, ranges and enums: deepgram/deepgram-api-specs@4ba987c (asyncapi.yml) and the threads named below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mock_servers.base.protocol import Request
from mock_servers.deepgram.errors import Refused, bad_request, refusal_of
from mock_servers.deepgram.models import Model, listening_model
from mock_servers.deepgram.parameters import Parameters, invalid, undeserializable
from mock_servers.deepgram.settings import Settings
from mock_servers.deepgram.sound import CHANNELS_MAX, PCM_ENCODINGS, SoundFormat

__all__ = ["HEARD", "KEYTERM_TOKENS_MAX", "ListenQuery", "keyterm_tokens", "listen_query", "sound_of"]

KEYTERM_TOKENS_MAX = 500
"""In total; source: the documentation of `keyterm` in deepgram-sdk 7.17.0."""

_ENCODINGS = (
    "linear16", "linear32", "flac", "alaw", "mulaw", "amr-nb", "amr-wb", "opus", "ogg-opus", "speex", "g729",
)  # fmt: skip
HEARD = (*PCM_ENCODINGS, "opus", "ogg-opus")
"""What this mock can hear; the others need a codec."""
_FLAGS = (
    "smart_format", "punctuate", "numerals", "dictation", "profanity_filter", "diarize", "detect_entities",
    "mip_opt_out", "filler_words", "no_delay", "multichannel", "interim_results", "vad_events",
)  # fmt: skip
_REDACTABLE = ("true", "false", "pci", "numbers", "aggressive_numbers", "ssn")
_UTTERANCE_END_MS = range(1000, 5001)
"""Below: deepgram-python-sdk#279. Above: jambonz-feature-server#740, after talking to the vendor."""
_ENDPOINTING_MS = 10
"""The default, docs/endpointing."""
_SAMPLE_RATES_HZ = range(8_000, 192_001)
"""The service's bounds are unverified; its documentation names none below 8000."""
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListenQuery:
    """A question that can be answered.

    `sound` None: the audio comes in a container, whose header names the format. `endpointing_s` None: no endpointing.
    `languages_hinted` is None but for Nova-3 in several languages.
    """

    model: Model
    sound: SoundFormat | None
    multichannel: bool = False
    interim_results: bool = False
    endpointing_s: float | None = _ENDPOINTING_MS / 1000
    utterance_end_s: float | None = None
    vad_events: bool = False
    punctuate: bool = False
    diarize: bool = False
    detect_entities: bool = False
    keyterms: tuple[str, ...] = ()
    languages_hinted: tuple[str, ...] | None = None


def listen_query(request: Request, settings: Settings) -> ListenQuery:
    """Read and check the query. Names that it does not know are let through, as /v1/listen does.

    Raises:
        Refused: The first thing that is wrong.
    """
    parameters = Parameters(request)
    given = {name: parameters.flag(name) for name in _FLAGS}
    sound = sound_of(parameters, _ENCODINGS, settings)
    utterance_end_s = _utterance_end_s(
        parameters, allowed=given["interim_results"] or not settings.utterance_end_needs_interims
    )
    _check_the_rest(parameters)
    model = _model(parameters, settings)
    is_multilingual = model.arch == "nova-3" and parameters.text("language", "en") == "multi"
    return ListenQuery(
        model=model,
        sound=sound,
        multichannel=given["multichannel"],
        interim_results=given["interim_results"],
        endpointing_s=_endpointing_s(parameters),
        utterance_end_s=utterance_end_s,
        vad_events=given["vad_events"],
        punctuate=given["punctuate"] or given["smart_format"],
        diarize=given["diarize"] or bool(parameters.texts("diarize_model")),
        detect_entities=given["detect_entities"],
        keyterms=parameters.texts("keyterm"),
        languages_hinted=parameters.texts("language_hint") if is_multilingual else None,
    )


def sound_of(parameters: Parameters, encodings: tuple[str, ...], settings: Settings) -> SoundFormat | None:
    """The format of raw audio; None if a container's header will tell it.

    Raises:
        Refused: The parameters do not fit together, or to this mock.
    """
    encoding = parameters.choice("encoding", encodings)
    sample_rate_hz = parameters.positive("sample_rate", 0) if parameters.texts("sample_rate") else None
    channels = parameters.positive("channels", 1)
    if channels > CHANNELS_MAX:
        raise invalid("channels", str(channels))
    if encoding is None:
        # Status and text of this refusal, and of the one below, are unverified.
        if sample_rate_hz is not None and settings.encoding_needs_sample_rate:
            raise Refused(bad_request("sample_rate was given without encoding."))
        return None
    if encoding not in HEARD:
        # The service hears these too. To accept them and hear nothing would be a lie that costs a user a day.
        raise Refused(bad_request(f"this mock hears {', '.join(HEARD)} and WAV, not {encoding}."))
    if encoding == "ogg-opus":
        # The header in the stream names the rate.
        return SoundFormat(encoding=encoding, sample_rate_hz=sample_rate_hz or 48_000, channels=channels)
    if sample_rate_hz is None:
        if settings.encoding_needs_sample_rate:
            raise Refused(bad_request(f"encoding={encoding} was given without sample_rate."))
        return None
    if sample_rate_hz not in _SAMPLE_RATES_HZ:
        raise invalid("sample_rate", str(sample_rate_hz))
    return SoundFormat(encoding=encoding, sample_rate_hz=sample_rate_hz, channels=channels)


def keyterm_tokens(keyterms: Iterable[str]) -> int:
    """How many tokens they have in all; a mock takes each word for one."""
    return sum(len(keyterm.split()) for keyterm in keyterms)


def _model(parameters: Parameters, settings: Settings) -> Model:
    name, language = parameters.text("model", "base"), parameters.text("language", "en")
    if name in settings.forbidden_models.split(",") or _UUID.fullmatch(name):
        raise Refused(refusal_of(403))
    model = listening_model(name, language)
    if model is None:
        raise Refused(bad_request("No such model/language/tier combination found."))
    if model.arch == "nova-3":
        # deepgram/deepgram-js-sdk#474: 400; the text is unverified.
        for keywords in parameters.texts("keywords"):
            raise invalid("keywords", keywords)
    else:
        for keyterm in parameters.texts("keyterm"):
            raise invalid("keyterm", keyterm)
    return model


def _endpointing_s(parameters: Parameters) -> float | None:
    match parameters.text("endpointing", "true"):
        case "false":
            return None
        case "true":
            return _ENDPOINTING_MS / 1000
        case _:
            return parameters.natural("endpointing", _ENDPOINTING_MS) / 1000


def _utterance_end_s(parameters: Parameters, *, allowed: bool) -> float | None:
    if not parameters.texts("utterance_end_ms"):
        return None
    milliseconds = parameters.natural("utterance_end_ms", 0)
    if milliseconds not in _UTTERANCE_END_MS:
        raise invalid("utterance_end_ms", str(milliseconds))
    if not allowed:
        raise Refused(bad_request("utterance_end_ms needs interim_results=true."))
    return milliseconds / 1000


def _check_the_rest(parameters: Parameters) -> None:
    """What changes nothing here, and is refused by the service all the same where it is wrong."""
    parameters.choice("diarize_model", ("latest", "v1"))
    parameters.choice("callback_method", ("POST", "GET", "PUT", "DELETE"))
    for redact in parameters.texts("redact"):
        if redact not in _REDACTABLE:
            raise undeserializable(f"unknown variant `{redact}`")
    if keyterm_tokens(parameters.texts("keyterm")) > KEYTERM_TOKENS_MAX:
        raise Refused(bad_request(f"keyterms are limited to {KEYTERM_TOKENS_MAX} tokens in total."))
    if parameters.texts("callback"):
        # With a callback the results would go there; this mock opens no connection to anyone.
        raise Refused(bad_request("this mock calls nobody back."))
