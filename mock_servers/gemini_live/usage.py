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

    def at_most(self, total: int) -> Tokens:
        """No more than so many, of each kind about its share."""
        if self.total <= total:
            return self
        share = total / self.total
        return Tokens(text=int(self.text * share), audio=int(self.audio * share), video=int(self.video * share))

    def details(self) -> list[dict[str, Any]]:
        counts = (("TEXT", self.text), ("AUDIO", self.audio), ("VIDEO", self.video))
        return [{"modality": modality, "tokenCount": count} for modality, count in counts if count]


NO_TOKENS = Tokens()


def usage_metadata(
    prompt: Tokens,
    response: Tokens,
    *,
    thoughts: Tokens = NO_TOKENS,
    tool_use: Tokens = NO_TOKENS,
    response_name: str = "response",
    **told: str,
) -> dict[str, Any]:
    """The `usageMetadata` of a turn: the whole context as its prompt, and what was answered.

    Args:
        thoughts: What the model thought and was asked to show.
        tool_use: What Google's own tools gave the model to read.
        response_name: `response` on the Gemini API, `candidates` on Vertex and in REST.
        told: Further fields, such as `trafficType`.
    """
    counted: dict[str, Any] = {
        "promptTokenCount": prompt.total,
        f"{response_name}TokenCount": response.total,
        "toolUsePromptTokenCount": tool_use.total,
        "thoughtsTokenCount": thoughts.total,
        "totalTokenCount": prompt.total + response.total + tool_use.total + thoughts.total,
        "promptTokensDetails": prompt.details(),
        f"{response_name}TokensDetails": response.details(),
        "toolUsePromptTokensDetails": tool_use.details(),
        **told,
    }
    return {name: value for name, value in counted.items() if value}
