"""What a client asks /v2/listen (Flux) for, and which questions are answered with 400.

Source: deepgram/deepgram-api-specs@4ba987c, deepgram-sdk 7.17.0 (types/listen_v2*.py), docs/flux/configuration.
"""

from __future__ import annotations

from dataclasses import dataclass

from mock_servers.base.protocol import Request
from mock_servers.deepgram.errors import Refused, bad_query, bad_request, refusal_of
from mock_servers.deepgram.listen_query import sound_of
from mock_servers.deepgram.models import FLUX_LANGUAGES, Model, flux_model
from mock_servers.deepgram.parameters import Parameters, invalid, undeserializable
from mock_servers.deepgram.settings import Settings
from mock_servers.deepgram.sound import SoundFormat
from mock_servers.deepgram.turns import Thresholds

__all__ = ["EAGER_EOT", "EOT", "EOT_TIMEOUT_MS", "KEYTERM_CHARACTERS_MAX", "FluxQuery", "flux_query"]

EOT = (0.5, 1.0)
EAGER_EOT = (0.3, 0.9)
EOT_TIMEOUT_MS = (500, 60_000)
KEYTERM_CHARACTERS_MAX = 100
"""deepgram/deepgram-python-sdk#616."""

_ENCODINGS = ("linear16", "linear32", "mulaw", "alaw", "opus", "ogg-opus")
_SAMPLE_RATES_HZ = (8_000, 16_000, 24_000, 44_100, 48_000)
_FLAGS = ("profanity_filter", "numerals", "mip_opt_out")
_REDACTABLE = ("numbers", "aggressive_numbers")
_NAMES = (
    "model", "encoding", "sample_rate", "eager_eot_threshold", "eot_threshold", "eot_timeout_ms", "keyterm",
    "language_hint", "redact", "tag", *_FLAGS,
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class FluxQuery:
    """A question that can be answered. `sound` None: the header of a container names the format."""

    model: Model
    sound: SoundFormat | None
    thresholds: Thresholds
    keyterms: tuple[str, ...] = ()
    language_hints: tuple[str, ...] = ()
    numerals: bool = False

    @property
    def is_multilingual(self) -> bool:
        return self.model.name == "flux-general-multi"


def flux_query(request: Request, settings: Settings) -> FluxQuery:
    """Read and check the query; names that /v2/listen does not know are refused.

    Raises:
        Refused: The first thing that is wrong.
    """
    parameters = Parameters(request)
    parameters.known((*_NAMES, "token", "access_token") if settings.query_tokens else _NAMES)
    name = parameters.required("model")
    flags = {flag: parameters.flag(flag) for flag in _FLAGS}
    sound = sound_of(parameters, _ENCODINGS, settings)
    if sound is not None and sound.sample_rate_hz not in _SAMPLE_RATES_HZ:
        raise invalid("sample_rate", str(sound.sample_rate_hz))
    for redact in parameters.texts("redact"):
        if redact not in _REDACTABLE:
            raise undeserializable(f"unknown variant `{redact}`")
    model = flux_model(name)
    if model is None:
        raise Refused(bad_request("No such model/language/tier combination found."))
    if name in settings.forbidden_models.split(","):
        raise Refused(refusal_of(403))
    return FluxQuery(
        model=model,
        sound=sound,
        thresholds=_thresholds(parameters),
        keyterms=_keyterms(parameters),
        language_hints=_language_hints(parameters, name),
        numerals=flags["numerals"],
    )


def _thresholds(parameters: Parameters) -> Thresholds:
    eot = parameters.decimal("eot_threshold", *EOT)
    eager_eot = parameters.decimal("eager_eot_threshold", *EAGER_EOT)
    timeout_ms = parameters.natural("eot_timeout_ms", 5_000)
    if not EOT_TIMEOUT_MS[0] <= timeout_ms <= EOT_TIMEOUT_MS[1]:
        raise invalid("eot_timeout_ms", str(timeout_ms))
    thresholds = Thresholds(
        eot=0.7 if eot is None else eot, eager_eot=eager_eot, eot_timeout_s=timeout_ms / 1000
    )  # fmt: skip
    if eager_eot is not None and eager_eot > thresholds.eot:
        # That it is refused is told by third parties; the text is unverified.
        raise Refused(bad_query("eager_eot_threshold must not be greater than eot_threshold."))
    return thresholds


def _keyterms(parameters: Parameters) -> tuple[str, ...]:
    keyterms = parameters.texts("keyterm")
    if any(len(keyterm) > KEYTERM_CHARACTERS_MAX for keyterm in keyterms):
        raise Refused(bad_query(f"A keyterm has at most {KEYTERM_CHARACTERS_MAX} characters."))
    return keyterms


def _language_hints(parameters: Parameters, model: str) -> tuple[str, ...]:
    hints = parameters.texts("language_hint")
    # Only the multilingual model takes hints (ListenV2Configure of the SDK); the texts are unverified.
    if hints and model != "flux-general-multi":
        raise Refused(bad_query("language_hint needs flux-general-multi."))
    for hint in hints:
        if hint not in FLUX_LANGUAGES:
            raise invalid("language_hint", hint)
    return hints
