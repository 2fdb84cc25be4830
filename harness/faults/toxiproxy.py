"""A real Toxiproxy, or anything that speaks its API, driven through toxiproxy-python.

The only file that knows that library. It keeps its address on a class, blocks, never gives up, and reads neither 500 nor
503: so each server gets one worker thread, in which the library's calls go to that server's own session, with timeouts
and with errors that are told. Elsewhere in the process the library works as it always does.
"""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import quote

import requests
import toxiproxy
import toxiproxy.api
import toxiproxy.exceptions

from harness.faults import addresses
from harness.faults.one_loopback import check_one_loopback
from harness.faults.proxy import Address, ProxyError, ToxicSpec
from harness.faults.toxiproxy_process import ToxiproxyProcess, find_toxiproxy, program_or_address, start_process

__all__ = [
    "ToxiproxyProxy", "ToxiproxyServer", "check_toxiproxy", "find_toxiproxy", "open_toxiproxy", "start_toxiproxy",
]  # fmt: skip

CONNECT_TIMEOUT_S = 1.0
# Toxiproxy cuts its own calls at 25 s; one that takes longer than this is stuck already (upstream #558, #760).
ANSWER_TIMEOUT_S = 10.0
START_TIMEOUT_S = 10.0
START_ATTEMPTS = 3
POLL_EVERY_S = 0.02

# Toxiproxy sends RST only on connections that were opened under a `reset_peer` toxic, of whatever toxicity.
_RESET_TOXIC = ToxicSpec(
    name="deadair_resets", type="reset_peer", stream="downstream", attributes={"timeout": 0}, toxicity=0.0
)

T = TypeVar("T")


class ToxiproxyProxy:
    """One proxy on a Toxiproxy server.

    `reset_connections` and `close_connections` disable the proxy and enable it again: for a moment it refuses. With
    `resettable=True` both close with RST.
    """

    def __init__(self, server: ToxiproxyServer, proxy: Any, *, resettable: bool) -> None:
        self.name: str = proxy.name
        self.listen: Address = addresses.address(proxy.listen)
        self.upstream: Address = addresses.address(proxy.upstream)
        self._server = server
        self._proxy = proxy
        self._resettable = resettable

    async def enable(self) -> None:
        await self._server.call(self._proxy.enable)

    async def disable(self) -> None:
        await self._server.call(self._proxy.disable)

    async def reset_connections(self) -> None:
        if not self._resettable:
            raise ProxyError(f"proxy {self.name} was not made to be reset: create it with resettable=True")
        await self._server.call(self._off_and_on)

    async def close_connections(self) -> None:
        await self._server.call(self._off_and_on)

    def _off_and_on(self) -> None:
        self._proxy.disable()
        self._proxy.enable()

    async def add_toxic(self, toxic: ToxicSpec) -> None:
        await self._server.call(
            lambda: self._proxy.add_toxic(
                name=toxic.name,
                type=toxic.type,
                stream=toxic.stream,
                attributes=dict(toxic.attributes),
                toxicity=toxic.toxicity,
            )
        )

    async def update_toxic(self, name: str, *, attributes: Mapping[str, int], toxicity: float | None = None) -> None:
        change: dict[str, object] = {"attributes": dict(attributes)}
        if toxicity is not None:
            change["toxicity"] = toxicity
        # The library cannot update a toxic.
        await self._server.call(
            lambda: toxiproxy.api.requests.patch(url=f"/proxies/{self.name}/toxics/{name}", json=change)
        )

    async def remove_toxic(self, name: str) -> None:
        await self._server.call(lambda: self._proxy.destroy_toxic(name))

    async def refuse(self) -> None:
        raise ProxyError("Toxiproxy cannot refuse new connections while live ones stay: use the embedded proxy")

    async def accept_again(self) -> None:
        raise ProxyError("Toxiproxy cannot refuse new connections while live ones stay: use the embedded proxy")

    async def destroy(self) -> None:
        await self._server.call(self._proxy.destroy)
        self._server.forget(self)


class ToxiproxyServer:
    """A Toxiproxy server. `aclose` takes away the proxies that were made here, and ends the server if it is ours."""

    kind: Literal["embedded", "toxiproxy"] = "toxiproxy"
    can_refuse_alone = False

    def __init__(self, address: Address) -> None:
        self.address = address
        self.version = ""
        self._process: ToxiproxyProcess | None = None
        self._proxies: list[ToxiproxyProxy] = []
        self._session = _session()
        self._worker = ThreadPoolExecutor(
            max_workers=1,
            thread_name_prefix="toxiproxy",
            initializer=_work_for,
            initargs=(f"http://{addresses.text(address)}", self._session),
        )

    @classmethod
    async def connect(cls, address: Address) -> ToxiproxyServer:
        """The server that runs at `address`. Raises ProxyError if none answers there."""
        server = cls(address)
        try:
            await server.check()
        except ProxyError:
            await server.aclose()
            raise
        return server

    async def create(self, name: str, upstream: Address, *, resettable: bool = False) -> ToxiproxyProxy:
        made = await self.call(lambda: toxiproxy.Toxiproxy().create(name=name, upstream=addresses.text(upstream)))
        proxy = ToxiproxyProxy(self, made, resettable=resettable)
        self._proxies.append(proxy)
        if resettable:
            try:
                await proxy.add_toxic(_RESET_TOXIC)
            except ProxyError:
                await proxy.destroy()
                raise
        return proxy

    async def aclose(self) -> None:
        try:
            if self._process is None:
                await self._clear_away()
        finally:
            if self._process is not None:
                await self._process.aclose()
            # What is still running ends within its timeouts; on the way out nobody waits for it.
            self._worker.shutdown(wait=False, cancel_futures=True)
            self._session.close()

    async def call(self, ask: Callable[[], T]) -> T:
        """Run a call of toxiproxy-python in this server's thread, one after the other.

        Raises:
            ProxyError: With the status and the text that the server answered, or why it did not answer.
        """
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._asked, ask)

    async def check(self, *, user_agent: str = "deadair") -> None:
        """Ask for the version, which shows that a Toxiproxy answers."""

        def ask() -> object:
            answered = toxiproxy.api.requests.get(url="/version", headers={"User-Agent": user_agent})
            try:
                return answered.json()["version"]
            except (ValueError, KeyError, TypeError):
                return None

        version = await self.call(ask)
        if not isinstance(version, str):
            raise ProxyError(f"what answers at {addresses.text(self.address)} is not Toxiproxy: it tells no version")
        self.version = version

    def forget(self, proxy: ToxiproxyProxy) -> None:
        if proxy in self._proxies:
            self._proxies.remove(proxy)

    def owns(self, process: ToxiproxyProcess) -> None:
        """The process ends with this server."""
        self._process = process

    async def _clear_away(self) -> None:
        for proxy in tuple(self._proxies):
            try:
                await proxy.destroy()
            except ProxyError as error:
                if error.status == 0:
                    return  # it does not answer: asking for the others would only take as long again
                if error.status != 404:
                    raise

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except ProxyError:
            raise
        except toxiproxy.exceptions.ProxyExists:
            # The library looks before it asks, so this comes without an answer of the server.
            raise ProxyError("proxy already exists", status=409) from None
        except requests.ConnectionError:
            raise ProxyError(
                f"could not reach Toxiproxy at {addresses.text(self.address)}: connection refused or lost.\n"
                "Start it with 'toxiproxy-server', or leave out '--proxy toxiproxy' to use the built-in one."
            ) from None
        except requests.Timeout:
            raise ProxyError(
                f"Toxiproxy at {addresses.text(self.address)} has not answered for {ANSWER_TIMEOUT_S:g} s. "
                "A client that stops reading can freeze its API (Shopify/toxiproxy#558); it needs a restart."
            ) from None
        except (requests.RequestException, ValueError, KeyError) as error:
            raise ProxyError(
                f"Toxiproxy at {addresses.text(self.address)} answered what cannot be read: {error}"
            ) from None


async def start_toxiproxy(program: Path) -> ToxiproxyServer:
    """A Toxiproxy server of our own on a free loopback port; it ends with `aclose`, and when this process dies.

    Raises:
        ProxyError: If it cannot be run, or does not answer in time.
    """
    for attempt in range(START_ATTEMPTS):
        process = await start_process(program)
        server = ToxiproxyServer(process.address)
        server.owns(process)
        try:
            await _await_ours(server, process)
        except BaseException as error:
            await server.aclose()
            # Another program may have taken the port between our look and the server's.
            if not isinstance(error, ProxyError | TimeoutError) or attempt + 1 == START_ATTEMPTS:
                raise
        else:
            return server
    raise AssertionError("unreachable: the last attempt raises")


async def open_toxiproxy(where: str) -> ToxiproxyServer:
    """The Toxiproxy server at `where`, as `find_toxiproxy` gives it: a program is started, an address connected to.

    Raises:
        ProxyError: If it is neither, cannot be run, or does not answer.
    """
    found = program_or_address(where)
    return await (start_toxiproxy(found) if isinstance(found, Path) else ToxiproxyServer.connect(found))


async def check_toxiproxy(where: str) -> None:
    """Look whether calls get through the Toxiproxy at `where`, if it is somebody else's; one that is started here is ours.

    Raises:
        ProxyError: If it does not answer, or is in another network.
    """
    found = program_or_address(where)
    if not isinstance(found, Path):
        async with aclosing(await ToxiproxyServer.connect(found)) as server:
            await check_one_loopback(server, found)


async def _await_ours(server: ToxiproxyServer, process: ToxiproxyProcess) -> None:
    """Wait until the server answers, and make sure that it is the process that we have started.

    A Toxiproxy that finds its port taken says so in its log and lives on (2.12.0), so that it runs proves nothing. Each
    call is logged with its user agent; one that nobody else can know must turn up in our process's log.
    """
    token = f"deadair/{secrets.token_hex(8)}"
    try:
        async with asyncio.timeout(START_TIMEOUT_S):
            while True:
                try:
                    await server.check(user_agent=token)
                    break
                except ProxyError:
                    if not process.alive:
                        raise
                    await asyncio.sleep(POLL_EVERY_S)
            if not await process.wait_for_log(token):
                raise ProxyError(f"the Toxiproxy at {addresses.text(process.address)} is not the one started here")
    except TimeoutError:
        raise ProxyError(f"Toxiproxy did not answer within {START_TIMEOUT_S:g} s of its start") from None


# ── the library, made sane in our threads ────────────────────────────────────

_here = threading.local()


def _work_for(base_url: str, session: requests.Session) -> None:
    """From now on the library's calls in this thread go to `base_url`."""
    _here.base_url = base_url
    _here.session = session


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy from the environment would be asked for 127.0.0.1
    return session


class _Requests:
    """What the library takes for the module `requests`."""

    def __init__(self, original: Any) -> None:
        self._original = original

    def __getattr__(self, name: str) -> Any:
        return getattr(self._original, name)

    def get(self, url: str, **options: Any) -> requests.Response:
        return self._send("GET", url, options)

    def post(self, url: str, **options: Any) -> requests.Response:
        return self._send("POST", url, options)

    def patch(self, url: str, **options: Any) -> requests.Response:
        return self._send("PATCH", url, options)

    def delete(self, url: str, **options: Any) -> requests.Response:
        return self._send("DELETE", url, options)

    def _send(self, method: str, url: str, options: dict[str, Any]) -> requests.Response:
        session: requests.Session | None = getattr(_here, "session", None)
        if session is None:
            answer: requests.Response = self._original.request(method, url, **options)
            return answer
        # The library puts its own address before the path, and names into it as they are.
        path = quote("/" + url.split("/", 3)[3] if "://" in url else url, safe="/")
        options["timeout"] = (CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S)
        return _checked(session.request(method, _here.base_url + path, **options))


def _checked(response: requests.Response) -> requests.Response:
    if response.status_code < 400:
        return response
    try:
        text = str(response.json()["error"])
    except (ValueError, KeyError, TypeError):
        text = f"HTTP {response.status_code}: {response.text.strip()[:200]}"
    raise ProxyError(text, status=response.status_code)


toxiproxy.api.requests = _Requests(toxiproxy.api.requests)
