"""Tokens, counted: what a response read, what of it was cached, what it said. The sizes are ours, the sums are exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mock_servers.openai_realtime.event import Event
from mock_servers.openai_realtime.items import Item
from mock_servers.openai_realtime.sound import BYTES_PER_MS

__all__ = ["Tokens", "of_delta", "of_item", "of_words", "usage"]

HEARD_PER_S = 10
SAID_PER_S = 20
OF_AN_IMAGE = 85
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    text: int = 0
    audio: int = 0
    image: int = 0

    @property
    def total(self) -> int:
        return self.text + self.audio + self.image

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(text=self.text + other.text, audio=self.audio + other.audio, image=self.image + other.image)

    def within(self, other: Tokens) -> Tokens:
        """What both have of each kind."""
        return Tokens(
            text=min(self.text, other.text), audio=min(self.audio, other.audio), image=min(self.image, other.image)
        )


def of_words(text: str) -> int:
    return len(text.split())


def of_item(item: Item) -> Tokens:
    """What an item costs to read: its sound where it has one, else its words."""
    audio = round(len(item.audio) / BYTES_PER_MS / 1000 * HEARD_PER_S)
    images = sum(part.get("type") == "input_image" for part in item.shape.get("content", ()))
    return Tokens(text=0 if audio else of_words(item.words()), audio=audio, image=images * OF_AN_IMAGE)


def of_delta(event: Event) -> float:
    """What a delta costs to say; a whole number for text, a fraction maybe for audio."""
    if event.type == "response.output_audio.delta":
        return len(event.audio) / BYTES_PER_MS / 1000 * SAID_PER_S
    if event.type.endswith("_arguments.delta"):
        return float(-(-len(event.fields["delta"]) // CHARACTERS_PER_TOKEN))
    return float(of_words(event.fields["delta"])) if event.type.endswith(".delta") else 0.0


def usage(*, read: Tokens, cached: Tokens, said: Tokens) -> dict[str, Any]:
    """The `usage` of a response: of this response alone (strands-agents/harness-sdk#4104), and it adds up."""
    return {
        "total_tokens": read.total + said.total,
        "input_tokens": read.total,
        "output_tokens": said.total,
        "input_token_details": {
            "text_tokens": read.text,
            "audio_tokens": read.audio,
            "image_tokens": read.image,
            "cached_tokens": cached.total,
            "cached_tokens_details": {
                "text_tokens": cached.text,
                "audio_tokens": cached.audio,
                "image_tokens": cached.image,
            },
        },
        "output_token_details": {"text_tokens": said.text, "audio_tokens": said.audio},
    }
