"""What a session has cost so far, counted in tokens."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

__all__ = ["NO_TOKENS", "Tokens", "usage_metadata"]

AUDIO_TOKENS_PER_S = 32
"""ai.google.dev/gemini-api/docs/audio, as quoted in discuss.ai.google.dev topic 84379: 32 tokens a second of audio."""

VIDEO_TOKENS_PER_FRAME = 258
CHARACTERS_PER_TOKEN = 4
"""The rule of thumb in ai.google.dev/gemini-api/docs/tokens; the mock has no tokenizer, only its arithmetic."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    text: int = 0
    audio: int = 0
    video: int = 0

    @classmethod
    def of(cls, *, text: str = "", audio_s: float = 0.0, frames: int = 0) -> Tokens:
        return cls(
            text=math.ceil(len(text) / CHARACTERS_PER_TOKEN),
            audio=math.ceil(audio_s * AUDIO_TOKENS_PER_S),
            video=frames * VIDEO_TOKENS_PER_FRAME,
        )

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(text=self.text + other.text, audio=self.audio + other.audio, video=self.video + other.video)

    @property
    def total(self) -> int:
        return self.text + self.audio + self.video

    def details(self) -> list[dict[str, Any]]:
        counts = (("TEXT", self.text), ("AUDIO", self.audio), ("VIDEO", self.video))
        return [{"modality": modality, "tokenCount": count} for modality, count in counts if count]


NO_TOKENS = Tokens()


def usage_metadata(prompt: Tokens, response: Tokens, *, response_name: str = "response") -> dict[str, Any]:
    """The `usageMetadata` of a turn: the whole context as its prompt, and what was answered.

    Args:
        response_name: `response` on the Gemini API, `candidates` on Vertex and in REST.
    """
    counted: dict[str, Any] = {
        "promptTokenCount": prompt.total,
        f"{response_name}TokenCount": response.total,
        "totalTokenCount": prompt.total + response.total,
        "promptTokensDetails": prompt.details(),
        f"{response_name}TokensDetails": response.details(),
    }
    return {name: value for name, value in counted.items() if value}
