"""What can be put to the test: the few things that a client under test must be able to do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

__all__ = ["Client", "ClientEvent", "ClientSaid", "Endpoints"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoints:
    """Where the client finds its provider: a URL for each endpoint of that provider, by name.

    gemini-live and openai-realtime have `session`; deepgram has `session` (listen) and `rest` (speak, and the model).
    `authority` is whom to trust, in PEM, where the session's address begins with `wss`; None where it does not:
    `ssl.create_default_context(cadata=endpoints.authority)`. `ca_file` is a file with the same, for libraries that take a
    path; it is there as long as the run lasts. `api_key` is what to give the provider as a key: the mocks take any but
    `invalid`, and this one never gets into a trace. It never changes, and a scenario may rotate keys: a client that fetches
    a fresh key for each attempt calls `fresh_key()`, or reads `key_file`, which is there for programs.
    """

    urls: Mapping[str, str]
    authority: str | None = None
    ca_file: str | None = None
    api_key: str = ""
    key_source: Callable[[], str] | None = None
    key_file: str | None = None

    def fresh_key(self) -> str:
        """The key that is good now."""
        return self.api_key if self.key_source is None else self.key_source()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientEvent:
    """What the client told. `audio` is PCM that `fields` must not carry."""

    kind: str
    fields: Mapping[str, Any]
    audio: bytes = b""


class ClientSaid(Exception):
    """What a client in another process said of a failure of its own: words that stand for themselves."""


class Client(Protocol):
    """One client under test, made anew for each run. `sample_rate_hz` is what it takes as 16-bit mono PCM.

    It may have an attribute `traits` (`Traits`) beside these, which says what can be expected of it.
    """

    sample_rate_hz: int
    agent_sample_rate_hz: int

    @property
    def state(self) -> str: ...

    async def connect(self) -> None: ...

    async def send_audio(self, pcm: bytes) -> None: ...

    async def send_text(self, text: str) -> None: ...

    def events(self) -> AsyncIterator[ClientEvent]: ...

    async def disconnect(self) -> None: ...
