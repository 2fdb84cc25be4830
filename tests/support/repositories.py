"""A small git repository with a client and a scenario, in two versions."""

from __future__ import annotations

import subprocess
from pathlib import Path

__all__ = ["commit", "git", "project", "waits"]

CLIENT = """\
import asyncio
import json

import websockets

from harness.clients import ClientEvent

from delays import DELAY_S


class Mine:
    sample_rate_hz = agent_sample_rate_hz = 16_000

    def __init__(self, url):
        self.url = f"{url}?model=nova-3&encoding=linear16&sample_rate=16000"
        self.state = "idle"
        self.wanted = True

    async def connect(self):
        self.socket = await websockets.connect(self.url, additional_headers={"Authorization": "Token my-key"})
        self.state = "active"

    async def send_audio(self, pcm):
        try:
            await self.socket.send(pcm)
        except websockets.ConnectionClosed:
            pass

    async def events(self):
        while True:
            try:
                async for message in self.socket:
                    if json.loads(message)["type"] == "Results":
                        yield ClientEvent(kind="transcription", fields={"text": "heard"})
            except websockets.ConnectionClosed:
                pass
            if not self.wanted:
                return
            self.state = "connecting"
            yield ClientEvent(kind="connection.reconnecting", fields={"attempt": 1, "backoff_delay": DELAY_S})
            await asyncio.sleep(DELAY_S)
            await self.connect()
            yield ClientEvent(kind="connection.reconnected", fields={"attempts": 1})

    async def disconnect(self):
        self.wanted = False
        await self.socket.close()
        self.state = "disconnected"


def make(case, endpoints):
    return Mine(endpoints.urls["session"])
"""

SCENARIO = """\
deadair: 1
scenario: comes back
provider: deepgram
client: python:mine:make
script: []
faults:
  - {at: 300ms, do: drop}
expect:
  end: {state: active, by: 9s, hold: 300ms}
"""


def git(folder: Path, *words: str) -> str:
    """What git says; no configuration of the user's takes part in it."""
    who = (
        "-c",
        "user.name=A",
        "-c",
        "user.email=a@example.org",
        "-c",
        "commit.gpgsign=false",
        "-c",
        "init.defaultBranch=main",
    )
    done = subprocess.run(
        ["git", "-C", str(folder), *who, *words], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def commit(folder: Path, message: str) -> str:
    """The id of a commit of all that there is."""
    git(folder, "add", "-A")
    git(folder, "commit", "--quiet", "--allow-empty", "-m", message)
    return git(folder, "rev-parse", "HEAD")


def waits(folder: Path, delay_s: float) -> None:
    """Makes the client wait so long before it comes back. In a file of its own, and in `src`: what is installed from a
    working tree must not get into another version."""
    (folder / "src").mkdir(exist_ok=True)
    (folder / "src" / "delays.py").write_text(f"DELAY_S = {delay_s}\n", encoding="utf-8")


def project(folder: Path) -> Path:
    """A user's project with one commit: a client of its own and one scenario."""
    folder.mkdir(parents=True, exist_ok=True)
    git(folder, "init", "--quiet")
    (folder / ".gitignore").write_text(".deadair/\n__pycache__/\n", encoding="utf-8")
    (folder / "pyproject.toml").write_text('[project]\nname = "mine"\n', encoding="utf-8")
    (folder / "mine.py").write_text(CLIENT, encoding="utf-8")
    waits(folder, 1.0)
    (folder / "calls.yaml").write_text(SCENARIO, encoding="utf-8")
    commit(folder, "a client")
    return folder
