"""What is known of a client under test: who it is, and what may be expected of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Traits", "traits_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """A client may have these as its attribute `traits`; without one, everything is expected of it.

    Attributes:
        reconnects: Whether it has a reconnect layer at all. A library that leaves that to its user is not blamed for it.
        tells: The kinds of events that could be passed on if the client said them, such as `error`, or `connection.*` for
            all of an owner; None for every kind. Not what it happens to say: a client that recovers without a word says too little.
        name: What it is called, as its package is.
        version: Of its package.
    """

    reconnects: bool = True
    tells: tuple[str, ...] | None = None
    name: str = ""
    version: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the header of a trace has it; what is not known is left out."""
        told: dict[str, Any] = {"reconnects": self.reconnects}
        if self.tells is not None:
            told["tells"] = list(self.tells)
        return told | {name: value for name in ("name", "version") if (value := getattr(self, name))}


def traits_of(client: object) -> Mapping[str, Any]:
    """What the header of a trace says of `client`; nothing for one without traits."""
    traits = getattr(client, "traits", None)
    return traits.as_json() if isinstance(traits, Traits) else {}
