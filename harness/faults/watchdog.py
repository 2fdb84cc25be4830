"""A process that runs another one and takes it along when its starter dies, however that dies.

    python watchdog.py COMMAND [ARGUMENT …]

Its standard input is a pipe that only the starter holds: when the starter is gone, killed or not, the pipe closes. What the
command prints is read to the end, or it would block on a full pipe one day; the beginning is passed on. A script of its
own, which imports nothing of deadair, so that it starts fast.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

# As much as a pipe holds without a reader, so that passing it on never blocks.
PASSED_ON_BYTES_MAX = 48 * 1024

# How long the command may take to end by itself.
GRACE_S = 3.0


def main(command: list[str]) -> int:
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=_die_with_parent,  # safe: there are no other threads yet
    )
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: child.terminate())
    threading.Thread(target=_end_with_starter, args=(child,), daemon=True).start()
    assert child.stdout is not None
    passed_on = 0
    while data := os.read(child.stdout.fileno(), 4096):
        if passed_on < PASSED_ON_BYTES_MAX:
            passed_on += len(data)
            try:
                os.write(1, data)
            except OSError:
                passed_on = PASSED_ON_BYTES_MAX  # nobody listens any more
    return child.wait()


def _end_with_starter(child: subprocess.Popen[bytes]) -> None:
    while os.read(0, 4096):
        pass
    child.terminate()
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()


def _die_with_parent() -> None:
    """Against a watchdog that is killed itself; only Linux has this."""
    if sys.platform == "linux":
        import ctypes

        PR_SET_PDEATHSIG = 1
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
