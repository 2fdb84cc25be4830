"""REST calls with deadlines, whose failures say what happened and carry no credentials."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from providers.base import ProviderError
from providers.connection import is_loopback
from providers.credentials import Secrets

__all__ = ["RestFailed", "RestCalls"]

# The deadline of each step; whoever calls bounds the whole.
_TIMEOUT = httpx.Timeout(connect=5.0, read=10.0, write=5.0, pool=5.0)
_WORDS_MAX = 300


class RestFailed(ProviderError):
    """A call came to nothing; `status` is the HTTP status, or None if there was no answer."""

    def __init__(self, says: str, *, status: int | None = None) -> None:
        super().__init__(says)
        self.status = status


class RestCalls:
    """The REST endpoints of a provider, over connections that are made for each call.

    A connection kept for the next turn may have died unnoticed by then, which would cost the caller an answer.
    """

    def __init__(self, *, secrets: Secrets, ssl_context: ssl.SSLContext | None) -> None:
        self._secrets = secrets
        self._ssl_context = ssl_context

    async def ask(self, url: str, *, headers: Mapping[str, str], body: Any) -> Any:
        """POST `body` and read JSON back.

        Raises:
            RestFailed: For any other outcome than a JSON answer with status 200.
        """
        async with self._post(url, headers=headers, params={}, body=body) as response:
            content = await response.aread()
        try:
            return json.loads(content)
        except ValueError:
            raise RestFailed(f"{urlsplit(url).hostname} answered with something that is not JSON") from None

    async def stream(
        self, url: str, *, headers: Mapping[str, str], params: Mapping[str, str], body: Any
    ) -> AsyncGenerator[bytes, None]:
        """POST `body` and give the answer as it comes.

        Raises:
            RestFailed: For any other status than 200, and when the answer breaks off.
        """
        async with self._post(url, headers=headers, params=params, body=body) as response:
            async for part in response.aiter_bytes():
                yield part

    @asynccontextmanager
    async def _post(
        self, url: str, *, headers: Mapping[str, str], params: Mapping[str, str], body: Any
    ) -> AsyncIterator[httpx.Response]:
        host = urlsplit(url).hostname
        try:
            async with (
                self._client(url) as client,
                client.stream("POST", url, headers=dict(headers), params=dict(params), json=body) as response,
            ):
                if response.status_code != 200:
                    words = self._secrets.hidden((await response.aread()).decode("utf-8", "replace"))[:_WORDS_MAX]
                    raise RestFailed(
                        f"{host} answered with HTTP {response.status_code}: {words}", status=response.status_code
                    )
                yield response
        except httpx.TimeoutException as error:
            raise RestFailed(f"{host} took too long: {type(error).__name__}") from None
        except httpx.HTTPError as error:
            raise RestFailed(f"the call to {host} broke off: {self._secrets.hidden(str(error))}") from None

    def _client(self, url: str) -> httpx.AsyncClient:
        parts = urlsplit(url)
        # Reading the system's certificates takes tens of milliseconds, for nothing where there is no TLS.
        verify: ssl.SSLContext | bool = self._ssl_context or parts.scheme == "https"
        return httpx.AsyncClient(timeout=_TIMEOUT, verify=verify, trust_env=not is_loopback(parts.hostname))
