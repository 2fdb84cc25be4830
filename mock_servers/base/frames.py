"""A server's frames as bytes: a message as it should be, and all that should not be."""

from __future__ import annotations

import struct

from websockets.frames import Frame, Opcode

from mock_servers.base.trouble import BadFrame

__all__ = ["OVERSIZE_BYTES", "bad_frame", "cut_off", "is_pong", "reason_that_fits", "whole_message"]

OVERSIZE_BYTES = 1024 * 1024 + 1
"""One byte more than most clients take: `max_size` of `websockets` is 1 MiB."""

REASON_BYTES_MAX = 123
"""A control frame has at most 125 bytes, two of which are the close code (RFC 6455, 5.5)."""

WHOLE_TEXT, WHOLE_BINARY = 0x81, 0x82
PONG_HEAD = b"\x8a"
RSV1 = 0x40
RSV2 = 0x20


def whole_message(payload: bytes, *, is_text: bool) -> bytes:
    """A message in one unmasked frame (RFC 6455, 5.2): what `Frame.serialize` gives, in a sixth of the time."""
    first, length = WHOLE_TEXT if is_text else WHOLE_BINARY, len(payload)
    if length < 126:
        return bytes((first, length)) + payload
    if length < 65_536:
        return struct.pack("!BBH", first, 126, length) + payload
    return struct.pack("!BBQ", first, 127, length) + payload


def bad_frame(kind: BadFrame, message: str | bytes, *, compressed: bool = False) -> bytes:
    """The bytes on the wire; `message` is a valid one of the vendor's, as JSON, for the kinds that carry one.

    `compressed` where permessage-deflate was agreed to. It lets every message go uncompressed, so all but one are the
    same then: RSV1 marks a compressed message (RFC 7692, 6) and is reserved no more, so RSV2 is set instead.
    """
    payload = message.encode() if isinstance(message, str) else message
    opcode = Opcode.TEXT if isinstance(message, str) else Opcode.BINARY
    match kind.frame:
        case "truncated-json":
            return _serialized(Opcode.TEXT, payload[: len(payload) // 2])
        case "binary-frame":
            return _serialized(Opcode.BINARY, bytes(range(64)))
        case "wrong-utf8":
            return _serialized(Opcode.TEXT, b'{"type": "\xff\xfe\xc3"}')
        case "reserved-bits":
            first, *rest = _serialized(opcode, payload)
            return bytes([first | (RSV2 if compressed else RSV1), *rest])
        case "oversize":
            # Blanks before the last brace: JSON does not mind them, so the message stays as valid as it was.
            return _serialized(opcode, payload[:-1] + b" " * (OVERSIZE_BYTES - len(payload)) + payload[-1:])
        case "fragmented":
            third = max(1, len(payload) // 3)
            return b"".join(
                (
                    _serialized(opcode, payload[:third], fin=False),
                    _serialized(Opcode.CONT, payload[third : 2 * third], fin=False),
                    _serialized(Opcode.PING, b"between"),
                    _serialized(Opcode.CONT, payload[2 * third :]),
                )
            )
        case "masked":
            return Frame(opcode, payload).serialize(mask=True)


def cut_off(payload: str | bytes) -> str | bytes:
    """The first half of a message, which is no JSON any more."""
    return payload[: len(payload) // 2]


def is_pong(frame: bytes) -> bool:
    """Whether this serialized, unmasked frame is a pong."""
    return frame.startswith(PONG_HEAD)


def reason_that_fits(reason: str) -> str:
    """A close reason, cut where the frame is full, and never inside a character."""
    return reason.encode()[:REASON_BYTES_MAX].decode(errors="ignore")


def _serialized(opcode: Opcode, payload: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, payload, fin=fin).serialize(mask=False)
