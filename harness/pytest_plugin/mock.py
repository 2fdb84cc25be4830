"""`deadair_mock`: a provider's mock on the loop that runs, and trouble with it in the words of scenarios."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Literal, Protocol

from harness.errors import DeadairError
from harness.pytest_plugin.action import Said, read_action
from harness.runner.registry import BadSetting, LoneMock
from harness.scenario.catalogue import PROVIDERS
from harness.scenario.model import Http, ProviderName, Stall
from harness.scenario.reading import nearest

__all__ = ["Mock", "MockMaker", "Trouble"]


class Trouble(Protocol):
    """Something that the mock does. `hits` counts the connections, or messages, that it has hit."""

    @property
    def hits(self) -> int: ...

    async def lift(self) -> None:
        """The trouble is over; lifting twice does nothing."""
        ...


class Mock:
    """A provider's mock. A client is given its `url` and any key."""

    def __init__(self, mock: LoneMock) -> None:
        self._mock = mock

    @property
    def address(self) -> tuple[str, int]:
        """Host and port: what a fault proxy is put in front of."""
        return self._mock.address

    @property
    def url(self) -> str:
        """Of the WebSocket that is the call."""
        return self._mock.url

    @property
    def http_url(self) -> str:
        """Of the calls beside it, where the provider has some."""
        return self._mock.http_url

    @property
    def ledger(self) -> Iterator[Any]:
        """What each connection received and sent, one account for each, the oldest first; it outlives the mock.

        An account has `connection`, `opened`, `refused`, `ending`, `messages`, `counted` (`client.<name>` and
        `server.<name>`), `audio_s` by side.
        """
        return iter(self._mock.ledger)

    def do(
        self, said: Said, *, on: Literal["live", "next", "all"] | int | None = None, times: int | None = None
    ) -> Trouble:
        """Begin what a scenario's `do:` says of a provider: `{"http": 503}`, `{"close": 1011}`, `"session_expired"`.

        Args:
            on: `live` connections, those still to come (`next`), both (`all`), or the connection of this number. If it
                is not said, the next ones for `http` and `stall`, and else the live ones.
            times: So many hits end it; None lets it last until it is lifted.

        Raises:
            LoadError: If there is no such action, or this provider has none.
            DeadairError: If it is one of TCP, which the fault proxy does, or cannot be done.
        """
        __tracebackhide__ = True
        asked = read_action(said, provider=self._mock.provider)
        if asked.layer == "tcp":
            raise DeadairError(
                f"{said!r} is done to TCP: ask a proxy in front of the mock, 'await proxy.do({said!r})'."
            )
        whom = on if on is not None else "next" if isinstance(asked, Http | Stall) else "live"
        try:
            return self._mock.trouble(asked, on=whom, times=times)
        except ValueError as error:
            raise DeadairError(f"{said!r} cannot be done: {error}") from error


class MockMaker:
    """`async with deadair_mock("openai-realtime") as mock`, on whichever loop the test runs."""

    @asynccontextmanager
    async def __call__(
        self, provider: ProviderName, *, seed: int = 0, reply_after_s: float = 0.3, **settings: object
    ) -> AsyncIterator[Mock]:
        """A mock of `gemini-live`, `openai-realtime` or `deepgram`; it is gone with the block.

        Args:
            seed: Same seed, same words.
            reply_after_s: From the end of the caller's turn to the first message of the answer.
            settings: Of this mock, by name (`deadair serve PROVIDER --list-settings`); else it behaves as the provider.

        Raises:
            DeadairError: If there is no such provider or setting, or it cannot have this value.
        """
        if provider not in PROVIDERS:
            raise DeadairError(
                f"{provider!r} is none of: {', '.join(PROVIDERS)}. {nearest(provider, PROVIDERS)}".rstrip()
            )
        try:
            lone = LoneMock(provider, seed=seed, reply_after_s=reply_after_s, settings=settings)
        except BadSetting as error:
            raise DeadairError(str(error)) from None
        async with lone:
            yield Mock(lone)
