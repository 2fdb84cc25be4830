"""HTTP/1.1 on one connection, without any I/O: bytes in, whole requests out; answers in, bytes out."""

from __future__ import annotations

from collections.abc import Iterable
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import parse_qsl, unquote

import h11

from mock_servers.base.protocol import Answer, Request

__all__ = ["HttpFace", "Malformed", "check_head"]

HEAD_BYTES_MAX = 64 * 1024
BODY_BYTES_MAX = 32 * 1024 * 1024
"""Room for a REST request with some minutes of audio in it."""

BODILESS = (204, 304)


class Malformed(Exception):
    """These bytes are no request that can be answered; `status` is what to say instead."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class HttpFace:
    """One connection's requests, one after the other; the next one is read when the last was answered.

    After `end`, `received(b"")` gives a request that was pipelined.
    """

    def __init__(self) -> None:
        self._connection = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES_MAX)
        self._request: h11.Request | None = None
        self._body = bytearray()

    def received(self, data: bytes) -> Request | None:
        """Take in bytes; the request that they complete, if they do.

        Raises:
            Malformed: If they are not HTTP/1.1, or too much.
        """
        try:
            if data:
                self._connection.receive_data(data)
            return self._read()
        except h11.RemoteProtocolError as wrong:
            raise Malformed(wrong.error_status_hint, f"malformed request: {wrong}") from None

    def upgrade_head(self) -> bytes:
        """The head of the request that has just come, written out again for who parses it next."""
        assert self._request is not None
        lines = [b"%b %b HTTP/%b" % (self._request.method, self._request.target, self._request.http_version)]
        lines += [b"%b: %b" % (name, value) for name, value in self._request.headers.raw_items()]
        return b"\r\n".join([*lines, b"", b""])

    def unread(self) -> bytes:
        """What came behind the request; after an upgrade, it is no HTTP any more."""
        return bytes(self._connection.trailing_data[0])

    def go_ahead(self) -> bytes:
        """A 100 (Continue), if the client waits for one before it sends the body."""
        if not self._connection.they_are_waiting_for_100_continue:
            return b""
        return self._send(h11.InformationalResponse(status_code=100, headers=[], reason=b"Continue"))

    def begin(self, answer: Answer, *, close: bool = False) -> bytes:
        """The head of an answer. Its length is told if it is one chunk; more are sent with chunked transfer coding."""
        headers = [(name.lower(), value) for name, value in answer.headers]
        names = {name for name, _ in headers}
        if "date" not in names:
            headers.append(("date", formatdate(usegmt=True)))
        if len(answer.body) <= 1 and "content-length" not in names and answer.status not in BODILESS:
            headers.append(("content-length", str(sum(len(chunk.data) for chunk in answer.body))))
        if close and "connection" not in names:
            headers.append(("connection", "close"))
        return self._send(_head(answer.status, headers))

    def body(self, data: bytes, status: int) -> bytes:
        """Part of the body; nothing where the request or the status allows for none."""
        if not data or status in BODILESS or (self._request is not None and self._request.method == b"HEAD"):
            return b""
        return self._send(h11.Data(data=data))

    def end(self) -> bytes:
        """The end of the answer; the next request can come."""
        end = self._send(h11.EndOfMessage())
        if self._connection.our_state is h11.DONE and self._connection.their_state is h11.DONE:
            self._connection.start_next_cycle()
        return end

    @property
    def can_answer(self) -> bool:
        """Whether an answer may begin now; after `end`, whether another request can come at all."""
        return self._connection.our_state in (h11.IDLE, h11.SEND_RESPONSE)

    def _read(self) -> Request | None:
        while True:
            event = self._connection.next_event()
            match event:
                case h11.Request():
                    self._request = event
                    self._body.clear()
                case h11.Data():
                    self._body += event.data
                    if len(self._body) > BODY_BYTES_MAX:
                        raise Malformed(413, f"the body is longer than {BODY_BYTES_MAX} bytes")
                case h11.EndOfMessage():
                    assert self._request is not None
                    return _request(self._request, bytes(self._body))
                case _:
                    return None

    def _send(self, event: h11.Event) -> bytes:
        return self._connection.send(event) or b""


def check_head(status: int, headers: Iterable[tuple[str, str]]) -> None:
    """Do nothing if this can be the head of an answer.

    Raises:
        ValueError: If it cannot; the message says why.
    """
    if not 200 <= status <= 599:
        raise ValueError(f"an answer's status is between 200 and 599, not {status}")
    try:
        _head(status, headers)
    except (h11.LocalProtocolError, UnicodeError) as wrong:
        raise ValueError(f"these headers cannot be sent: {wrong}") from None


def _head(status: int, headers: Iterable[tuple[str, str]]) -> h11.Response:
    try:
        reason = HTTPStatus(status).phrase
    except ValueError:
        reason = "Unassigned"
    encoded = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
    return h11.Response(status_code=status, headers=encoded, reason=reason.encode())


def _request(head: h11.Request, body: bytes) -> Request:
    # urlsplit would take the host out of the double slash that Google's SDK begins its paths with.
    path, _, query = head.target.decode("latin-1").partition("?")
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in head.headers)
    return Request(
        method=head.method.decode("latin-1"),
        path=unquote(path),
        query=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        body=body,
        is_upgrade=any(name == "upgrade" and "websocket" in value.lower() for name, value in headers),
    )
