"""`deadair run` in a process of its own: its exit code, its last words, and nothing of it left."""

from __future__ import annotations

import asyncio
import os
import signal
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["TOLD_BY_RESULTS", "Ended", "deadair_run"]

TOLD_BY_RESULTS = (0, 1, 3)
"""Exit codes after which its folder says all: passed, failed, inconclusive."""

LEAVES_WITHIN_S = 20.0
"""After a Ctrl-C it ends its workers, and these their clients; later it is killed with all that it started."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. `last_words` are lines that say something; it may have printed any number."""

    code: int
    last_words: tuple[str, ...]


async def deadair_run(
    command: Sequence[str],
    *,
    env: Mapping[str, str],
    within_s: float,
    last_words_max: int,
    cwd: Path | None = None,
    heard: Callable[[], None] = lambda: None,
) -> Ended:
    """Play, and wait until it is over.

    Args:
        within_s: It bounds itself, case by case; this is for one that does not.
        heard: Called whenever it has printed something.

    Raises:
        TimeoutError: If it was not over by then.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=cwd,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=env,
        # Ours alone is told of a Ctrl-C, and passes it on once; and what it started can be ended with it.
        start_new_session=True,
    )
    assert process.stdout is not None
    last: deque[str] = deque(maxlen=last_words_max)
    try:
        async with asyncio.timeout(within_s):
            while chunk := await process.stdout.read(1 << 16):
                last.extend(chunk.decode(errors="replace").splitlines())
                heard()
            code = await process.wait()
    finally:
        await _end(process)
    return Ended(code, tuple(line for line in last if line.strip()))


async def _end(process: asyncio.subprocess.Process) -> None:
    """See to it that nothing of it is left."""
    if process.returncode is None:
        process.send_signal(signal.SIGINT)
        try:
            async with asyncio.timeout(LEAVES_WITHIN_S):
                await process.wait()
        except TimeoutError:
            pass
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    await process.wait()
