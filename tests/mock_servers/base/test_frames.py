"""Frames as bytes."""

import pytest
from websockets.frames import Frame, Opcode

from mock_servers.base.frames import whole_message


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000])
@pytest.mark.parametrize("opcode", [Opcode.TEXT, Opcode.BINARY])
def test_a_whole_message_is_framed_as_websockets_frames_it(opcode, length):
    payload = bytes(number % 128 for number in range(length))

    framed = whole_message(payload, is_text=opcode is Opcode.TEXT)

    assert framed == Frame(opcode, payload).serialize(mask=False)
