"""Fresh processes for cases: nothing of the caller's threads, loops and file descriptors gets into them."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from multiprocessing.process import BaseProcess
from types import ModuleType

__all__ = ["LEAVES_WITHIN_S", "SPAWN", "end", "start"]

SPAWN = multiprocessing.get_context("spawn")

LEAVES_WITHIN_S = 5.0


def start(process: BaseProcess) -> None:
    """Start it deaf to Ctrl-C: one that is not ready yet would answer with a traceback. It unblocks the signal when it is."""
    # The first process would start multiprocessing's tracker before itself, and that ends with the signal unblocked.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        with _without_a_program():
            process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _without_a_program() -> Iterator[None]:
    """A process that is started meanwhile does not import the program that runs here, which is what multiprocessing does for
    functions of that program: none of them is called, and pytest takes a quarter of a second, `deadair` a tenth."""
    program = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = program


def end(process: BaseProcess, *, waits_s: float) -> None:
    """See to it that it is gone; within `waits_s` it may leave by itself."""
    process.join(timeout=waits_s)
    if process.is_alive():
        process.terminate()
        process.join(timeout=LEAVES_WITHIN_S)
    if process.is_alive():
        process.kill()
        process.join()
