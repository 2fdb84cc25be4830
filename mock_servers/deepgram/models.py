"""The models of the service: their names, what each is called in results, and which languages it hears.

Source: deepgram/deepgram-api-specs@4ba987c, asyncapi.yml, the values of `model`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from mock_servers.deepgram.identifiers import model_uuid

__all__ = ["FLUX_LANGUAGES", "Model", "flux_model", "flux_voice", "listening_model", "speaking_model"]

_VARIANTS = {
    "nova-3": ("general", "medical"),
    "nova-2": (
        "general", "meeting", "finance", "conversationalai", "voicemail", "video", "medical", "drivethru", "automotive",
        "phonecall",
    ),
    "nova": ("general", "phonecall", "medical"),
    "enhanced": ("general", "meeting", "phonecall", "finance"),
    "base": ("general", "meeting", "phonecall", "finance", "conversationalai", "voicemail", "video"),
}  # fmt: skip

_VERSIONS = {"nova-3": "2025-04-17.21547", "nova-2": "2024-02-07.20824"}
"""As captured; for older families no capture is known, and an invented date stands in."""

_LANGUAGE = re.compile(r"multi|[a-z]{2,3}(-[A-Za-z]{4})?(-[A-Za-z]{2}|-[0-9]{3})?")
_FLUX_VOICE = re.compile(r"flux-[a-z]+-[a-z]{2}")
FLUX_LANGUAGES = ("en", "es", "fr", "de", "hi", "ru", "pt", "ja", "it", "nl")
"""The ten of `flux-general-multi`; docs/flux/feature-overview, read 2026-08."""
_AURA = re.compile(r"aura(-2)?-[a-z]+-[a-z]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    name: str
    uuid: str
    version: str
    arch: str

    @property
    def info(self) -> dict[str, str]:
        """As `model_info` of a result has it."""
        return {"name": self.name, "version": self.version, "arch": self.arch}


def listening_model(name: str, language: str) -> Model | None:
    """The model for /v1/listen of this name, or None if there is none that hears this language.

    Specialised variants hear English alone; `multi` is heard by the general models of Nova-2 and Nova-3.
    """
    family, variant = _split(name)
    if family is None or not _LANGUAGE.fullmatch(language):
        return None
    if language == "multi" and (variant != "general" or family not in _VERSIONS):
        return None
    if variant != "general" and language.split("-")[0] != "en":
        return None
    told = f"2-{variant}-nova" if family == "nova-2" else f"{variant}-{family}"
    return Model(
        name=told, uuid=model_uuid(f"{family}-{variant}"), version=_VERSIONS.get(family, "2023-03-22.0"), arch=family
    )


def speaking_model(name: str) -> Model | None:
    """The voice of /v1/speak of this name (`aura-2-thalia-en`), or None if none can have it."""
    if not _AURA.fullmatch(name):
        return None
    arch = "aura-2" if name.startswith("aura-2-") else "aura"
    return Model(name=name, uuid=model_uuid(name), version="2025-04-07.0", arch=arch)


def flux_model(name: str) -> Model | None:
    """The model for /v2/listen of this name, or None."""
    if name not in ("flux-general-en", "flux-general-multi"):
        return None
    return Model(name=name, uuid=model_uuid(name), version="2025-10-02.0", arch="flux")


def flux_voice(name: str) -> Model | None:
    """The voice of /v2/speak of this name (`flux-haley-en`), or None if none can have it."""
    if not _FLUX_VOICE.fullmatch(name):
        return None
    return Model(name=name, uuid=model_uuid(name), version="2026.06.01", arch="flux")


def _split(name: str) -> tuple[str | None, str]:
    if name in _VARIANTS:
        return name, "general"
    # `meeting`, `phonecall`, … without a family are variants of base.
    if name in _VARIANTS["base"]:
        return "base", name
    family, _, variant = name.rpartition("-")
    return (family, variant) if variant in _VARIANTS.get(family, ()) else (None, "")
