"""The conversation of a session: its items, in order, with their audio."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mock_servers.openai_realtime.errors import Refused
from mock_servers.openai_realtime.sound import BYTES_PER_MS, Sound, to_wire

__all__ = ["Item", "Items"]

AUDIO_KEPT_BYTES_MAX = 32 * 1024 * 1024
"""About eleven minutes; older items keep their words and lose their sound."""


@dataclass(slots=True, kw_only=True)
class Item:
    """One item. `shape` is what events show of it, which never includes its audio.

    `said` are the words of a caller's audio, which the model understands also where nobody asked for a transcript.
    """

    shape: dict[str, Any]
    audio: bytes = b""
    said: str = ""

    @property
    def id(self) -> str:
        return str(self.shape["id"])

    def heard(self, sounds: dict[str, Sound]) -> dict[str, Any]:
        """The item with its audio, as `conversation.item.retrieved` shows it.

        Args:
            sounds: The formats of the session, by `input_audio` and `output_audio`.
        """
        content = [dict(part) for part in self.shape.get("content", ())]
        for part in content:
            if part["type"] in sounds:
                part["audio"] = base64.b64encode(to_wire(self.audio, sounds[part["type"]])).decode()
        return {**self.shape, "content": content} if "content" in self.shape else dict(self.shape)

    def words(self) -> str:
        """What was said, written or returned in it."""
        if self.said:
            return self.said
        if "output" in self.shape:
            return str(self.shape["output"])
        if "arguments" in self.shape:
            return str(self.shape["arguments"])
        return " ".join(str(part.get("text") or part.get("transcript") or "") for part in self.shape.get("content", ()))


class Items:
    """The items of one conversation, first to last."""

    def __init__(self) -> None:
        self._items: list[Item] = []

    def __iter__(self) -> Iterator[Item]:
        return iter(self._items)

    @property
    def last_id(self) -> str | None:
        return self._items[-1].id if self._items else None

    def add(self, item: Item, *, after: str | None = None) -> str | None:
        """Put an item behind the one with id `after`: behind the last for None, to the front for `root`. Gives the id of the item before.

        Raises:
            Refused: If that one does not exist, or the item's own id does already.
        """
        if any(known.id == item.id for known in self._items):
            raise Refused("invalid_value", f"Item with id '{item.id}' exists already.", param="item.id")
        place = len(self._items)
        if after == "root":
            place = 0
        elif after is not None:
            place = self._place(after, "invalid_value", param="previous_item_id") + 1
        self._items.insert(place, item)
        self._forget_old_audio()
        return self._items[place - 1].id if place else None

    def get(self, item_id: object) -> Item:
        """Raises Refused, with the code that `conversation.item.retrieve` has for it, if there is none."""
        return self._items[self._place(item_id, "item_retrieve_invalid_item_id")]

    def find(self, item_id: object) -> Item | None:
        return next((item for item in self._items if item.id == item_id), None)

    def before(self, item_id: str) -> str | None:
        """The id of the item in front of this one; None for the first, and for one that was deleted."""
        ids = [item.id for item in self._items]
        place = ids.index(item_id) if item_id in ids else 0
        return ids[place - 1] if place else None

    def delete(self, item_id: object) -> None:
        """Raises Refused if there is no such item."""
        del self._items[self._place(item_id, "item_delete_invalid_item_id")]

    def truncate(self, item_id: object, content_index: object, audio_end_ms: object, *, too_long: str | None) -> None:
        """Cut an assistant's audio, whose transcript is then no longer known.

        Args:
            too_long: The code of the error for more audio than there is. It was null in 2024, and what it is today has not
                been published; clients match on the words.

        Raises:
            Refused: If there is no such item, no such audio, or less of it.
        """
        item = self._items[self._place(item_id, "item_truncate_invalid_item_id")]
        content = item.shape.get("content") or []
        part = content[content_index] if type(content_index) is int and 0 <= content_index < len(content) else None
        if part is None or part["type"] != "output_audio":
            raise Refused("unsupported_content_type", "Only the audio of an assistant's message can be truncated.")
        if not isinstance(audio_end_ms, int) or isinstance(audio_end_ms, bool):
            raise Refused("invalid_value", "Invalid value for 'audio_end_ms': it is no integer.", param="audio_end_ms")
        if audio_end_ms < 0:
            raise Refused(
                "integer_below_min_value",
                "Invalid 'audio_end_ms': expected a value of at least 0.",
                param="audio_end_ms",
            )
        there_ms = len(item.audio) // BYTES_PER_MS
        if audio_end_ms > there_ms:
            raise Refused(too_long, f"Audio content of {there_ms}ms is already shorter than {audio_end_ms}ms")
        item.audio = item.audio[: audio_end_ms * BYTES_PER_MS]
        part["transcript"] = ""

    def _place(self, item_id: object, code: str, *, param: str | None = None) -> int:
        for place, item in enumerate(self._items):
            if item.id == item_id:
                return place
        raise Refused(code, f"The item with id '{item_id}' does not exist.", param=param)

    def _forget_old_audio(self) -> None:
        kept = 0
        for item in reversed(self._items):
            kept += len(item.audio)
            if kept > AUDIO_KEPT_BYTES_MAX:
                item.audio = b""
