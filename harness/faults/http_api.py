"""Toxiproxy's HTTP API on a loopback port, over the embedded server: the I/O.

Any Toxiproxy client can drive it. A peer that sends nonsense, too much, or nothing gets an answer or is hung up on in
bounded time, and the others notice nothing.
"""

from __future__ import annotations

import asyncio
import errno
import ipaddress
from http import HTTPStatus

import h11

from harness.faults.embedded import EmbeddedServer
from harness.faults.http_routes import Answer, Request, answer, plain
from harness.faults.proxy import Address, ProxyError

__all__ = ["HttpFace", "serve_http"]

# Toxiproxy's own limits in seconds (2.12.0): for a whole request, for writing an answer, between requests, for the work.
READ_TIMEOUT_S = 15.0
WRITE_TIMEOUT_S = 30.0
IDLE_TIMEOUT_S = 60.0
WORK_TIMEOUT_S = 25.0

HEAD_BYTES_MAX = 64 * 1024
BODY_BYTES_MAX = 1024 * 1024
CONNECTIONS_MAX = 256

# After an answer to nonsense the rest of it is read for so long and so far: closing over unread bytes would send an RST,
# and with it take the answer back.
LINGER_S = 0.5
LINGER_BYTES_MAX = 8 * 1024 * 1024


async def serve_http(server: EmbeddedServer, *, host: str = "127.0.0.1", port: int = 8474) -> HttpFace:
    """Toxiproxy's API for `server` on `host:port`; port 0 is any free one. The caller closes what it gets.

    Raises:
        ProxyError: If the host is not this machine's loopback, or the port is taken.
    """
    if not _is_loopback(host):
        raise ProxyError(
            f"the fault proxy is not opened on {host}: anyone who reaches it could drive it. Use 127.0.0.1."
        )
    face = HttpFace(server)
    try:
        await face.listen(host, port)
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise ProxyError(f"could not listen on {host}:{port}: {error.strerror or error}") from None
        raise ProxyError(
            f"could not listen on {host}:{port}: another program does already.\n"
            "It may be a Toxiproxy, which can be used as it is. Otherwise take another port, or 0 for any free one."
        ) from None
    return face


class HttpFace:
    """The listening API; `address` is where. `aclose` hangs up on everyone and leaves nothing; the proxies stay."""

    def __init__(self, server: EmbeddedServer) -> None:
        self.address: Address = ("", 0)
        self._server = server
        self._listener: asyncio.Server | None = None
        self._calls: dict[int, asyncio.Task[None]] = {}
        self._accepted = 0
        self._requests = 0

    async def listen(self, host: str, port: int) -> None:
        self._listener = await asyncio.start_server(self._accept, host, port, limit=HEAD_BYTES_MAX)
        bound = self._listener.sockets[0].getsockname()
        self.address = (bound[0], bound[1])

    async def aclose(self) -> None:
        if self._listener is not None:
            self._listener.close()
        calls = list(self._calls.values())
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._calls) >= CONNECTIONS_MAX:
            writer.transport.abort()
            return
        self._accepted += 1
        number = self._accepted
        call = self._calls[number] = asyncio.create_task(self._serve(reader, writer))
        call.add_done_callback(lambda _: self._calls.pop(number, None))

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        conversation = _Conversation(reader, writer)
        try:
            while (request := await conversation.next_request()) is not None:
                await conversation.send(await self._answer(request), request_id=self._next_id())
            await conversation.linger()
        except (TimeoutError, OSError):
            pass  # the peer was too slow, or is gone: nobody is left to be told
        finally:
            writer.transport.abort()

    async def _answer(self, request: Request | Answer) -> Answer:
        if isinstance(request, Answer):
            return request
        try:
            async with asyncio.timeout(WORK_TIMEOUT_S):
                return await answer(self._server, request)
        except TimeoutError:
            return plain(503, "the change took too long")

    def _next_id(self) -> str:
        self._requests += 1
        return f"{self._requests:020x}"


class _Conversation:
    """HTTP with one peer: requests come out, answers go in."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        # An answer has been sent when the kernel has it: nothing waits in the transport when the conversation ends.
        writer.transport.set_write_buffer_limits(0)
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES_MAX)
        self._head_only = False

    async def next_request(self) -> Request | Answer | None:
        """The next request; an answer to what was none; or None when the conversation is over."""
        if self._http.our_state is h11.MUST_CLOSE or self._http.our_state is h11.ERROR:
            return None
        if self._http.our_state is h11.DONE:
            if self._http.their_state is not h11.DONE:
                return None
            self._http.start_next_cycle()
        try:
            async with asyncio.timeout(IDLE_TIMEOUT_S):
                await self._wait_for_first_byte()
            async with asyncio.timeout(READ_TIMEOUT_S):
                return await self._read_request()
        except h11.RemoteProtocolError as error:
            return plain(
                error.error_status_hint,
                f"{error.error_status_hint} {_reason(error.error_status_hint).decode()}: {error}",
            )

    async def send(self, given: Answer, *, request_id: str) -> None:
        headers = list(given.headers)
        if given.routed:
            headers.append(("X-Toxiproxy-Request-Id", request_id))
        if given.status != 204:
            headers.append(("Content-Length", str(len(given.body))))
        if self._http.their_state is not h11.DONE and ("Connection", "close") not in headers:
            headers.append(("Connection", "close"))
        body = b"" if self._head_only else given.body
        data = self._http.send(h11.Response(status_code=given.status, headers=headers, reason=_reason(given.status)))
        data = (data or b"") + (self._http.send(h11.Data(data=body)) or b"" if body else b"")
        self._writer.write(data + (self._http.send(h11.EndOfMessage()) or b""))
        async with asyncio.timeout(WRITE_TIMEOUT_S):
            await self._writer.drain()

    async def linger(self) -> None:
        """Read what the peer still sends, for a while, if it was nonsense."""
        if self._http.their_state is not h11.ERROR and self._http.their_state is not h11.SEND_BODY:
            return
        read = 0
        async with asyncio.timeout(LINGER_S):
            self._writer.write_eof()
            while read < LINGER_BYTES_MAX and (data := await self._reader.read(HEAD_BYTES_MAX)):
                read += len(data)

    async def _wait_for_first_byte(self) -> None:
        if not self._http.trailing_data[0] and not self._http.trailing_data[1]:
            self._http.receive_data(await self._reader.read(HEAD_BYTES_MAX))

    async def _read_request(self) -> Request | Answer | None:
        head: h11.Request | None = None
        body = bytearray()
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                await self._invite()
                self._http.receive_data(await self._reader.read(HEAD_BYTES_MAX))
            elif isinstance(event, h11.Request):
                head = event
                self._head_only = event.method == b"HEAD"
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > BODY_BYTES_MAX:
                    return plain(413, f"413 the body is longer than {BODY_BYTES_MAX} bytes")
            elif isinstance(event, h11.EndOfMessage):
                assert head is not None
                if head.http_version not in (b"1.0", b"1.1"):
                    return plain(505, "505 HTTP Version Not Supported")
                return _request(head, bytes(body))
            else:  # the peer has closed, or speaks something else from here on
                return None

    async def _invite(self) -> None:
        if self._http.they_are_waiting_for_100_continue:
            go_on = self._http.send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))
            self._writer.write(go_on or b"")
            await self._writer.drain()


def _request(head: h11.Request, body: bytes) -> Request:
    user_agent = next((value for name, value in head.headers if name == b"user-agent"), b"")
    return Request(
        method=head.method.decode("latin-1"),
        target=head.target.decode("latin-1"),
        user_agent=user_agent.decode("latin-1"),
        body=body,
    )


def _reason(status: int) -> bytes:
    return HTTPStatus(status).phrase.encode()


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
