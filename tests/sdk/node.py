"""Plays the capabilities of a JavaScript SDK: each in a Node process of its own, against a mock of its own.

`python -m tests.sdk.node openai --folder .cache/sdk/openai-js-7.57.0 --only barge-in`: as tests.sdk.witness for Python,
but from the project's own environment.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from tests.sdk.outcomes import Outcome
from tests.sdk.playing import LAST_WORDS, house_of_mocks
from tests.sdk.stages import VENDORS, guest_of
from tests.sdk.witness import Transport

__all__ = ["main"]

HERE = Path(__file__).parent
TRANSPORTS: tuple[Transport, ...] = ("ws", "wss")
MARK = "deadair tells "
LISTED_S = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """As the `.mjs` tells it."""

    name: str
    transports: tuple[Transport, ...]
    settings: Mapping[str, object]
    limit_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One of the `.mjs` here, copied to where Node finds the SDK: it looks upwards from the file, and nowhere else."""

    path: Path

    @classmethod
    def of(cls, vendor: str, folder: Path) -> Script:
        for each in ("witness.mjs", "audio.mjs", f"{vendor}_node.mjs"):
            shutil.copyfile(HERE / each, folder / each)
        return cls(path=folder / f"{vendor}_node.mjs")

    def capabilities(self) -> list[Capability]:
        ran = self._run({}, LISTED_S)
        told = _told(ran.stdout)
        if not isinstance(told, list):
            raise RuntimeError(f"{self.path.name} told no capabilities: {ran.stderr[-LAST_WORDS:].strip()}")
        return [Capability(**{**each, "transports": tuple(each["transports"])}) for each in told]

    def play(self, capability: Capability, given: Mapping[str, Any]) -> dict[str, Any]:
        """`result` and, if it is red, `why`."""
        there = {"DEADAIR_THERE": json.dumps({**given, "capability": capability.name})}
        if given["ca_file"] is not None:
            there["NODE_EXTRA_CA_CERTS"] = given["ca_file"]
        try:
            ran = self._run(there, capability.limit_s)
        except subprocess.TimeoutExpired:
            return {"result": "red", "why": f"not over after {capability.limit_s:g} s"}
        told = _told(ran.stdout)
        if isinstance(told, dict):
            return told
        said = f"{ran.stdout}{ran.stderr}"[-LAST_WORDS:].strip()
        return {"result": "red", "why": f"the process died with {ran.returncode}\n{said}".strip()}

    def _run(self, more: Mapping[str, str], limit_s: float) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["node", self.path],
            env={**{k: v for k, v in os.environ.items() if k != "NODE_EXTRA_CA_CERTS"}, **more},
            cwd=self.path.parent,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=limit_s,
            check=False,
        )


def play_all(
    script: Script,
    *,
    vendor: str,
    transports: tuple[Transport, ...],
    only: tuple[str, ...],
    settings: Mapping[str, object],
    beside: int,
    house: int,
) -> Iterator[Outcome]:
    """The outcome of each capability on each transport, in the order in which they come."""

    def play(each: Capability, transport: Transport) -> Outcome:
        began_s = time.monotonic()
        try:
            with guest_of(
                house, VENDORS[vendor].mock, tls=transport == "wss", settings={**settings, **each.settings}
            ) as given:
                told = script.play(each, given)
        except (OSError, RuntimeError) as error:
            told = {"result": "red", "why": str(error)}
        took_s = round(time.monotonic() - began_s, 3)
        return Outcome(capability=each.name, api="async", transport=transport, took_s=took_s, **told)

    capabilities = [each for each in script.capabilities() if not only or each.name.startswith(only)]
    with ThreadPoolExecutor(beside) as pool:
        playing = []
        for transport in transports:
            for each in capabilities:
                if transport in each.transports:
                    playing.append(pool.submit(play, each, transport))
                else:
                    why = f"only on {', '.join(each.transports)}"
                    yield Outcome(
                        capability=each.name, api="async", transport=transport, result="not applicable", why=why
                    )
        for ended in as_completed(playing):
            yield ended.result()


def _told(stdout: str) -> Any:
    """What the script told on its marked line; None if it told nothing."""
    marked = [line.removeprefix(MARK) for line in stdout.splitlines() if line.startswith(MARK)]
    return json.loads(marked[-1]) if marked else None


@click.command()
@click.argument("vendor", type=click.Choice(tuple(VENDORS)))
@click.option(
    "--folder", type=click.Path(exists=True, file_okay=False, resolve_path=True, path_type=Path), required=True
)
@click.option("--transport", "transports", multiple=True, type=click.Choice(TRANSPORTS), help="Both by default.")
@click.option("--only", multiple=True, help="Play the capabilities of this name, or whose name begins so.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A setting for each of the mocks.")
@click.option("--beside", type=click.IntRange(1), default=4, show_default=True, help="How many at once.")
def main(
    vendor: str,
    folder: Path,
    transports: tuple[Transport, ...],
    only: tuple[str, ...],
    settings: tuple[str, ...],
    beside: int,
) -> None:
    """Play what VENDOR's JavaScript SDK in FOLDER can do; one line of JSON for each capability and transport.

    Exits with 1 if one of them is red.
    """
    red = False
    with house_of_mocks(sys.executable) as house:
        for outcome in play_all(
            Script.of(vendor, folder),
            vendor=vendor,
            transports=transports or TRANSPORTS,
            only=only,
            settings=dict(pair.split("=", 1) for pair in settings),
            beside=beside,
            house=house,
        ):
            print(outcome.line(), flush=True)
            red = red or outcome.result == "red"
    if red:
        sys.exit(1)


if __name__ == "__main__":
    main()
