"""An adapter as a child process: what it is asked comes as JSON lines, and so does what it tells.

Only the standard library is imported here, since a client's environment has nothing else of ours.

    if __name__ == "__main__":
        serve(make)
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.clients.client import Client, Endpoints
from harness.clients.in_words import in_words

__all__ = ["Case", "Make", "serve"]

LOOK_EVERY_S = 0.1
"""How often the client is asked for its state; after each of its events, too."""

LINE_BYTES_MAX = 1 << 20
"""Of what the harness asks: 200 ms of silence are 13 KB."""

SPEECH_WAITING_MAX = 3_000
"""Frames of 20 ms that a client which does not take its audio leaves waiting: a minute. Then the newest are lost."""

STOP_WITHIN_S = 5.0
"""How long a client may take to hang up when the harness has gone."""

RUNS_ON_S = 30.0
"""How long a child outlives the longest run: a harness that has died without a word leaves nothing behind."""

CLIENT_ERRORS = (Exception, SystemExit)
"""What a client may raise and only break itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What a child knows of its case: the part of the scenario that is about the client."""

    provider: str
    session: Mapping[str, Any] = field(default_factory=dict)
    script: tuple[Mapping[str, Any], ...] | None = None


Make = Callable[[Any, Endpoints], Client]
"""A factory: `make(case, endpoints)`."""


def serve(make: Make) -> None:
    """Be the client that `make` gives, until the harness has closed this process's standard input."""
    case, endpoints = _asked_for(os.environ)
    tell = _Lines()
    seconds = float(os.environ.get("DEADAIR_SECONDS", "60"))
    with suppress(TimeoutError, KeyboardInterrupt):
        asyncio.run(asyncio.wait_for(_Child(lambda: make(case, endpoints), tell).run(), seconds + RUNS_ON_S))


class _Lines:
    """Standard output, for events alone: what libraries print goes to the log with their standard error."""

    def __init__(self) -> None:
        sys.stdout.flush()
        self._file = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=io.DEFAULT_BUFFER_SIZE)
        os.dup2(2, 1)

    def __call__(self, event: str, /, **fields: Any) -> None:
        try:
            self._file.write(json.dumps({"event": event, **fields}, default=_plain) + "\n")
            self._file.flush()
        except BrokenPipeError:
            # Nobody listens any more; the end of standard input comes next.
            self._file = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  it is the last file of this process


class _Child:
    """Does for one client in a process of its own what the runner does for one in its own process."""

    def __init__(self, make: Callable[[], Client], tell: _Lines) -> None:
        self._make = make
        self._tell = tell
        self._state = ""
        self._failing: str | None = None
        self._speech: asyncio.Queue[bytes] = asyncio.Queue(SPEECH_WAITING_MAX)

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(self._unhandled)
        requests = await _standard_input()
        client = self._client = self._make()
        self._tell_client()
        self._look()
        tasks = [
            asyncio.create_task(self._talk(), name="connect() or events()"),
            asyncio.create_task(self._speak(), name="send_audio()"),
            asyncio.create_task(self._watch(), name="state"),
        ]
        beside: dict[asyncio.Task[None], None] = {}
        try:
            async for line in requests:
                match json.loads(line):
                    case {"do": "audio", "pcm": str(coded)}:
                        with suppress(asyncio.QueueFull):
                            self._speech.put_nowait(base64.b64decode(coded))
                    case {"do": "text", "text": str(text)}:
                        _keep(beside, self._trying(client.send_text(text)))
                    case {"do": "answer", "call_id": str(call_id), "result": str(result)}:
                        if (answer := getattr(client, "answer", None)) is not None:
                            _keep(beside, self._trying(answer(call_id, result)))
                    case {"do": "disconnect"}:
                        # Beside the reading: a client that takes long to hang up is asked again, as it would be in process.
                        _keep(beside, self._hang_up())
                    case unknown:
                        print(f"the harness asked for what is not known here: {unknown!r:.200}", file=sys.stderr)
        finally:
            await _goodbye(client)
            for task in (*tasks, *beside):
                task.cancel()
            await asyncio.wait([*tasks, *beside], timeout=STOP_WITHIN_S)

    # ── the client ───────────────────────────────────────────────────────────

    def _tell_client(self) -> None:
        traits = getattr(self._client, "traits", None)
        if traits is None:
            return
        tells = {} if traits.tells is None else {"tells": list(traits.tells)}
        self._tell("run.client", name=traits.name, version=traits.version, reconnects=traits.reconnects, **tells)

    async def _talk(self) -> None:
        self._tell("run.connecting")
        try:
            await self._client.connect()
        except CLIENT_ERRORS as error:
            self._tell("run.connect_failed", error=in_words(error))
            return
        self._look()
        self._tell("run.connected")
        ended: dict[str, str] = {}
        try:
            async for event in self._client.events():
                pcm = {"pcm": base64.b64encode(event.audio).decode()} if event.audio else {}
                self._tell(event.kind, **{**event.fields, **pcm})
                self._look()
        except CLIENT_ERRORS as error:
            ended = {"error": in_words(error)}
        self._look()
        self._tell("run.stream_ended", **ended)

    async def _speak(self) -> None:
        while True:
            await self._trying(self._client.send_audio(await self._speech.get()))

    async def _trying(self, sending: Awaitable[None]) -> None:
        """A send that fails is told once for each unbroken series."""
        try:
            await sending
        except CLIENT_ERRORS as error:
            words = in_words(error)
            if words != self._failing:
                self._tell("run.send_failed", error=words)
            self._failing = words
        else:
            self._failing = None

    async def _hang_up(self) -> None:
        try:
            await self._client.disconnect()
        except CLIENT_ERRORS as error:
            self._tell("run.disconnect_failed", error=in_words(error))
        else:
            self._look()
            self._tell("run.disconnected")

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            self._look()

    def _look(self) -> None:
        try:
            state = str(self._client.state)
        except CLIENT_ERRORS as error:
            state = f"unknown, for asking raised {type(error).__name__}"
        if state != self._state:
            self._state = state
            self._tell("run.state", state=state)

    def _unhandled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """What nobody caught: the words go to the harness, the traceback to the log."""
        error = context.get("exception")
        self._tell("run.unhandled", error=in_words(error) if error is not None else str(context.get("message")))
        loop.default_exception_handler(context)


# ── where it is, and what it is asked ────────────────────────────────────────


def _asked_for(environment: Mapping[str, str]) -> tuple[Case, Endpoints]:
    """What the harness says through the environment: `DEADAIR_PROVIDER`, `DEADAIR_URL`, and so on."""
    for name in ("DEADAIR_PROVIDER", "DEADAIR_URL"):
        if not environment.get(name):
            raise SystemExit(f"{name} is not set: this program is one that 'deadair run' starts.")
    script = json.loads(environment.get("DEADAIR_SCRIPT") or "null")
    case = Case(
        provider=environment["DEADAIR_PROVIDER"],
        session=json.loads(environment.get("DEADAIR_SESSION") or "{}"),
        script=None if script is None else tuple(script),
    )
    urls = {"session": environment["DEADAIR_URL"]}
    if rest := environment.get("DEADAIR_REST_URL"):
        urls["rest"] = rest
    ca_file = environment.get("DEADAIR_CA_FILE") or None
    key_file = environment.get("DEADAIR_API_KEY_FILE") or None
    return case, Endpoints(
        urls=urls,
        authority=Path(ca_file).read_text(encoding="ascii") if ca_file else None,
        ca_file=ca_file,
        api_key=environment.get("DEADAIR_API_KEY", ""),
        key_source=(lambda: Path(key_file).read_text(encoding="ascii")) if key_file else None,
        key_file=key_file,
    )


async def _standard_input() -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit=LINE_BYTES_MAX)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def _goodbye(client: Client) -> None:
    # The harness has gone, or time is up: nobody is told how this went.
    with suppress(*CLIENT_ERRORS):
        await asyncio.wait_for(client.disconnect(), STOP_WITHIN_S)


def _keep(tasks: dict[asyncio.Task[None], None], what: Any) -> None:
    """Run it beside the reading, and hold it until it is done."""
    task = asyncio.get_running_loop().create_task(what)
    tasks[task] = None
    task.add_done_callback(lambda done: tasks.pop(done, None))


def _plain(value: Any) -> str:
    """For JSON: an enum by its value, anything else by its type; addresses in memory would differ in each run."""
    named = getattr(value, "value", None)
    return named if isinstance(named, str) else type(value).__name__
