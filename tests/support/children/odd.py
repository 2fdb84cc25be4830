"""Programs that no harness should have to run, each in one function: `python odd.py NAME`."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from urllib.parse import urlsplit

LINES: list[socket.socket] = []
"""What is to stay open; a socket that nobody holds is closed."""


def say(line: str) -> None:
    print(line, flush=True)


def dial() -> socket.socket:
    """A WebSocket as far as the upgrade, and no further."""
    url = urlsplit(os.environ["DEADAIR_URL"])
    assert url.hostname is not None
    dialled = socket.create_connection((url.hostname, url.port or 80), timeout=5)
    request = (
        f"GET {url.path}?model=gpt-realtime HTTP/1.1\r\nHost: {url.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        f"Authorization: Bearer {os.environ['DEADAIR_API_KEY']}\r\n\r\n"
    )
    dialled.sendall(request.encode())
    assert b" 101 " in dialled.recv(4096)
    return dialled


def ends_at_once() -> None:
    print("no licence for today", file=sys.stderr)
    sys.exit(3)


def never_connects() -> None:
    say('{"event": "run.connecting"}')
    time.sleep(60)


def crashes_when_connected() -> None:
    LINES.append(dial())
    print(f"the key is {os.environ['DEADAIR_API_KEY']}, and I die", file=sys.stderr)
    os.abort()


def crashes_when_cut() -> None:
    """Dies of the first loss, as a program without a reconnect loop does."""
    dialled = dial()
    say('{"event": "run.connected"}')
    dialled.settimeout(30)
    while dialled.recv(65_536):
        pass
    raise RuntimeError("the line is dead")


def ends_quietly_when_cut() -> None:
    dialled = dial()
    dialled.settimeout(30)
    while dialled.recv(65_536):
        pass


def floods() -> None:
    LINES.append(dial())
    while True:
        os.write(1, b"y\n" * 4096)
        os.write(2, b"z" * 8192)


def floods_with_events() -> None:
    LINES.append(dial())
    while True:
        os.write(1, b'{"event": "error", "message": "again"}\n' * 100)


def tells_no_json() -> None:
    """Connected, and everything that it prints is nearly an event."""
    LINES.append(dial())
    for line in (
        '{"event": ',
        '{"event": 3}',
        "[1]",
        '{"pcm": "AAAA"}',
        '{"event":"audio.output","pcm":"!"}',
        "\udcff",
    ):
        sys.stdout.buffer.write(line.encode("utf-8", "surrogateescape") + b"\n")
    sys.stdout.buffer.write(b"x" * 3_000_000)
    sys.stdout.flush()
    time.sleep(60)


def closes_its_input() -> None:
    dialled = dial()
    os.close(0)
    say('{"event": "run.connected"}')
    dialled.settimeout(60)
    while dialled.recv(65_536):
        pass


def ignores_everything() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    LINES.append(dial())
    say('{"event": "run.connected"}')
    while True:
        time.sleep(60)


def leaves_a_grandchild() -> None:
    """Which is in a session of its own, and ignores SIGTERM."""
    deaf = "signal.signal(signal.SIGTERM, signal.SIG_IGN)"
    program = f"import signal, time; {deaf}; print('deaf', flush=True); time.sleep(300)"
    grandchild = subprocess.Popen([sys.executable, "-c", program], start_new_session=True, stdout=subprocess.PIPE)
    assert grandchild.stdout is not None
    grandchild.stdout.readline()
    LINES.append(dial())
    time.sleep(60)


ALL: dict[str, Callable[[], None]] = {
    each.__name__: each
    for each in (
        ends_at_once, never_connects, crashes_when_connected, crashes_when_cut, ends_quietly_when_cut, floods,
        floods_with_events, tells_no_json, closes_its_input, ignores_everything, leaves_a_grandchild,
    )
}  # fmt: skip

if __name__ == "__main__":
    ALL[sys.argv[1]]()
