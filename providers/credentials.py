"""Credentials: where a key comes from, and keeping it out of everything that is told."""

from __future__ import annotations

import asyncio
import inspect
from collections import deque
from collections.abc import Awaitable, Callable

from providers.base import ConnectionFailed
from providers.reconnect import Cause

__all__ = ["Credential", "Key", "Secrets"]

HIDDEN = "[hidden]"

Key = str | Callable[[], str | Awaitable[str]]
"""A key, or a function that gets one. Tokens live for minutes, so it is called for each connection and for each call."""

KEY_TIMEOUT_S = 10.0
"""For a function that gets a key from somewhere."""

KEYS_REMEMBERED = 16
"""A server repeats the key of the attempt at hand, or of one that was shortly before."""


class Secrets:
    """The keys of one provider. A server may repeat a key in an error; `hidden` takes it out again."""

    def __init__(self, *keys: Key) -> None:
        self._keys = tuple(key for key in keys if isinstance(key, str) and key)
        self._fetched: deque[str] = deque(maxlen=KEYS_REMEMBERED)

    def add(self, key: str) -> None:
        """Hide this one, too."""
        if key and key not in self._fetched:
            self._fetched.append(key)

    def hidden(self, text: str) -> str:
        # The longest first: one key may begin like another.
        for key in sorted((*self._keys, *self._fetched), key=len, reverse=True):
            text = text.replace(key, HIDDEN)
        return text

    def __repr__(self) -> str:
        return f"Secrets({HIDDEN})"


class Credential:
    """One key of a provider, or the function that gets it."""

    def __init__(self, key: Key, secrets: Secrets) -> None:
        self._key = key
        self._secrets = secrets

    async def fresh(self) -> str:
        """The key for the next connection, or call.

        Raises:
            ConnectionFailed: If the function raises, gives something else than a text, or takes longer than `KEY_TIMEOUT_S`.
        """
        if isinstance(self._key, str):
            return self._key
        try:
            async with asyncio.timeout(KEY_TIMEOUT_S):
                got = self._key()
                key = await got if inspect.isawaitable(got) else got
        except TimeoutError:
            raise ConnectionFailed(Cause(says=f"no key could be had within {KEY_TIMEOUT_S:g} s")) from None
        except Exception as error:
            says = self._secrets.hidden(f"no key could be had: {type(error).__name__}: {error}")
            raise ConnectionFailed(Cause(says=says)) from error
        if not isinstance(key, str):
            raise ConnectionFailed(
                Cause(says=f"no key could be had: the function gave {type(key).__name__}, not a text")
            )
        self._secrets.add(key)
        return key

    def __repr__(self) -> str:
        return f"Credential({HIDDEN})"
