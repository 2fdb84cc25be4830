"""One TCP connection: its HTTP requests, until one of them becomes a WebSocket."""

from __future__ import annotations

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable, Sequence

from websockets.extensions.base import ServerExtensionFactory
from websockets.extensions.permessage_deflate import enable_server_permessage_deflate
from websockets.http11 import Request as HandshakeRequest
from websockets.server import ServerProtocol

from mock_servers.base.http import HttpFace, Malformed
from mock_servers.base.line import Line
from mock_servers.base.observer import Accepted, Opened, Received, Refused, Sent
from mock_servers.base.orders import Order
from mock_servers.base.protocol import Answer, Chunk, Request, Session
from mock_servers.base.redaction import headers_without_keys, query_without_keys
from mock_servers.base.refusal import plain_answer, refusal
from mock_servers.base.switchboard import Switchboard
from mock_servers.base.trouble import BadCertificate, ExpireKeys, RefuseUpgrade, Stall
from mock_servers.base.websocket import FAILED, MESSAGE_BYTES_MAX, WebSocket

__all__ = ["Connection"]

REQUEST_TIMEOUT_S = 75.0
"""So long a connection may stand without a whole request: nginx's `keepalive_timeout` by default."""


class Connection(Line):
    """`number` counts the TCP connections of a server from 1; `websocket` is there once the upgrade was answered."""

    def __init__(self, board: Switchboard) -> None:
        super().__init__(board.loop)
        self.number = 0
        self.websocket: WebSocket | None = None
        self._board = board
        self._http = HttpFace()
        self._chunks: deque[Chunk] = deque()
        self._next_chunk: asyncio.TimerHandle | None = None
        self._stalled: tuple[Order, str, Callable[[], None]] | None = None

    def relieve(self, order: Order) -> None:
        """A trouble that was done to this connection is lifted: what it held up goes on."""
        if self._stalled is not None and self._stalled[0] is order:
            _, phase, go_on = self._stalled
            self._stalled = None
            # Before it goes on: what comes next may stall as well, and is not to be read past.
            self.read_again("stall")
            if not self._stalls(phase, go_on):
                go_on()
        elif self.websocket is not None:
            self.websocket.relieve(order)

    # The line.

    def opened(self) -> None:
        self.number = self._board.enter(self)
        self.expect_the_end(REQUEST_TIMEOUT_S)
        self._board.tell(Accepted(connection=self.number))
        if self._board.tls is not None and not self._stalls("tls", self._secure):
            self._secure()

    def arrived(self, data: bytes) -> None:
        if self.websocket is not None:
            self.websocket.arrived(data)
            return
        try:
            request = self._http.received(data)
        except Malformed as malformed:
            self._answer(plain_answer(malformed.status, str(malformed)), close=True)
            return
        self.write(self._http.go_ahead())
        if request is not None:
            self._asked(request)

    def pressed(self) -> None:
        if self.websocket is not None:
            self.websocket.pressed()

    def hung_up(self) -> None:
        if self.websocket is not None:
            self.websocket.hung_up()

    def gone(self, error: Exception | None) -> None:
        if self._next_chunk is not None:
            self._next_chunk.cancel()
        self._stalled = None
        try:
            if self.websocket is not None:
                self.websocket.gone(error)
        finally:
            self._board.leave(self.number)

    def failed(self) -> None:
        if self.websocket is not None:
            self.websocket.failed()
        elif self._http.can_answer:
            self._chunks.clear()
            self._answer(plain_answer(500, FAILED), close=True)
        else:
            self.abort()

    def _secure(self) -> None:
        """Speak TLS, with the certificate that this connection is to be shown."""
        self.expect_the_end(REQUEST_TIMEOUT_S)
        tls = self._board.tls
        if isinstance(tls, ssl.SSLContext):
            self.secure(tls)
        elif tls is not None:
            bad = self._board.orders.first(self.number, BadCertificate)
            if bad is not None:
                order, trouble = bad
                order.strikes(self.number)
            self.secure(tls.good if bad is None else tls.bad(trouble.kind))

    # Requests.

    def _asked(self, request: Request) -> None:
        self.forget_the_deadline()
        if request.is_upgrade:
            if not self._stalls("tcp", lambda: self._upgrade(request)):
                self._upgrade(request)
            return
        outcome = self._outcome(request)
        if not isinstance(outcome, Answer):
            outcome = plain_answer(426, "this path speaks WebSocket only")
        if outcome.client_name:
            self._board.tell(
                Received(
                    connection=self.number,
                    name=outcome.client_name,
                    body=outcome.client_body,
                    size_bytes=len(request.body),
                )
            )
        self._answer(outcome)

    def _upgrade(self, request: Request) -> None:
        refused = self._board.orders.first(self.number, RefuseUpgrade)
        if refused is not None:
            order, trouble = refused
            order.strikes(self.number)
            # Wall time, which the engines of virtual time set: an HTTP date cannot be said in the loop's.
            answer = refusal(trouble, self._board.vendor, unix_s=time.time())
            self._refuse(request, answer, retry_after_s=trouble.retry_after_s)
            return
        protocol = ServerProtocol(max_size=MESSAGE_BYTES_MAX, extensions=self._extensions())
        protocol.receive_data(self._http.upgrade_head())
        head = next(iter(protocol.events_received()), None)
        if not isinstance(head, HandshakeRequest):
            self._refuse(request, plain_answer(400, "this is no request that opens a WebSocket"))
            return
        response = protocol.accept(head)
        if response.status_code != 101:
            headers = tuple((name, value) for name, value in response.headers.raw_items() if name == "Upgrade")
            answer = plain_answer(response.status_code, (response.body or b"").decode().strip())
            self._refuse(request, Answer(status=answer.status, headers=answer.headers + headers, body=answer.body))
            return
        outcome = self._outcome(request)
        if isinstance(outcome, Answer):
            self._refuse(request, outcome)
            return
        for name, value in outcome.response_headers:
            response.headers[name] = value
        if outcome.subprotocol is not None:
            response.headers["Sec-WebSocket-Protocol"] = outcome.subprotocol
        protocol.send_response(response)
        self.write(b"".join(protocol.data_to_send()))
        self._open(request, protocol, outcome)

    def _outcome(self, request: Request) -> Session | Answer:
        """What the vendor says to a request, or would say if its key were not expired."""
        keyed, now_s = self._board.keyed, self._board.now_s()
        if keyed is not None and self._board.orders and (key := keyed.key(request)):
            for order in self._board.orders.on(self.number, ExpireKeys):
                assert isinstance(order.trouble, ExpireKeys)
                if key in order.trouble.keys:
                    order.strikes(self.number)
                    return keyed.expired(request, now_s)
        return self._board.vendor.asked(request, now_s)

    def _key_number(self, request: Request) -> int | None:
        keyed = self._board.keyed
        return None if keyed is None else self._board.key_number(keyed.key(request))

    def _extensions(self) -> Sequence[ServerExtensionFactory]:
        compressing = self._board.compressing
        return enable_server_permessage_deflate(None) if compressing is not None and compressing.compresses else ()

    def _open(self, request: Request, protocol: ServerProtocol, session: Session) -> None:
        self.websocket = WebSocket(self, self._board, protocol, session)
        query, headers = query_without_keys(request.query), headers_without_keys(request.headers)
        key = self._key_number(request)
        self._board.tell(Opened(connection=self.number, path=request.path, query=query, headers=headers, key=key))
        if not self._stalls("upgrade", self._begin):
            self._begin()

    def _begin(self) -> None:
        assert self.websocket is not None
        self.websocket.begin()
        self.websocket.arrived(self._http.unread())

    def _stalls(self, phase: str, go_on: Callable[[], None]) -> bool:
        found = self._board.orders.first(self.number, Stall, phase=phase)
        if found is None:
            return False
        order, _ = found
        order.strikes(self.number)
        self._stalled = order, phase, go_on
        self.forget_the_deadline()
        self.stop_reading("stall")
        return True

    # Answers.

    def _refuse(self, request: Request, answer: Answer, *, retry_after_s: float | None = None) -> None:
        self._answer(answer, close=True)
        self._board.tell(
            Refused(
                connection=self.number,
                status=answer.status,
                retry_after_s=retry_after_s,
                path=request.path,
                query=query_without_keys(request.query),
                headers=headers_without_keys(request.headers),
                key=self._key_number(request),
            )
        )

    def _answer(self, answer: Answer, *, close: bool = False) -> None:
        """Begin an answer; its head goes out together with its first chunk."""
        if not self._http.can_answer:
            self.hang_up()
            return
        self._chunks.extend(answer.body or (Chunk(data=b""),))
        first = self._chunks[0]

        def begin() -> None:
            self.write(self._http.begin(answer, close=close))
            if answer.server_name:
                self._board.tell(
                    Sent(
                        connection=self.number,
                        name=answer.server_name,
                        body=answer.server_body,
                        audio=answer.audio,
                        audio_s=answer.audio_s,
                        size_bytes=sum(len(chunk.data) for chunk in answer.body),
                    )
                )
            self._chunk(answer.status)

        self._after(first.after_s, begin)

    def _chunk(self, status: int) -> None:
        self.write(self._http.body(self._chunks.popleft().data, status))
        if self._chunks:
            self._after(self._chunks[0].after_s, lambda: self._chunk(status))
            return
        self.write(self._http.end())
        if not self._http.can_answer:
            self.hang_up()
            return
        self.expect_the_end(REQUEST_TIMEOUT_S)
        self.arrived(b"")

    def _after(self, delay_s: float, then: Callable[[], None]) -> None:
        self._next_chunk = None
        if delay_s > 0:
            self._next_chunk = self.later(delay_s, then)
        else:
            then()
