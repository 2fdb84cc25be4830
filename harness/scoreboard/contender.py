"""Who stands on the scoreboard: a client, in one version, on one clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Contender"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One client that is put to the test, or would be if it were installed.

    Attributes:
        name: As `--client` takes it; for deadair's own providers what the board calls them.
        title: As people call it.
        providers: Whose protocols it speaks.
        version: What is tested: package and version; empty where nobody knows.
        reconnects: False for a library that leaves reconnecting to its user by design: it is marked, and not blamed.
        clock: The clock that it is played on.
        ours: One of deadair's own providers.
        missing: Why it cannot be played here, and what to do about it; empty if it can.
    """

    name: str
    title: str
    providers: tuple[str, ...]
    version: str = ""
    reconnects: bool = True
    clock: Literal["virtual", "real"] = "virtual"
    ours: bool = False
    missing: str = ""

    @property
    def asked_for(self) -> tuple[str, ...]:
        """The options that make `deadair run` play it."""
        if self.ours:
            return tuple(part for provider in self.providers for part in ("--provider", provider))
        return ("--client", self.name)
