"""An environment of its own for each SDK and version: their pins exclude each other, and this project's as well.

They live below `.cache/sdk/`, are made once, and made anew when what is wished for has changed.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from harness.clients.installing import NotInstallable, installed, locked, ran

__all__ = ["PLACE", "ROOT", "ROWS", "Row", "made", "neutral"]

ROOT = Path(__file__).parents[2]
PLACE = ROOT / ".cache" / "sdk"

NODE_WS = "ws==8.23.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One SDK in one version: a row of the matrix."""

    vendor: Literal["openai", "gemini", "deepgram"]
    package: str
    """As its registry calls it."""
    version: str
    """Newest of its series on 2026-11-23, unless the comment in `ROWS` says otherwise."""
    series: str = ""
    """What `--latest` takes the newest of, as PEP 440 writes it; empty: this version is not to move."""
    runtime: Literal["python", "node"] = "python"
    extra: str = ""
    also: tuple[str, ...] = ()
    """Packages that the SDK needs beside it and does not ask for."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Settings of each mock that this SDK is shown."""

    @property
    def name(self) -> str:
        """`openai-3.54.0`; `openai-js-7.57.0` for Node."""
        family = self.package.strip("@").replace("/", "-")
        return f"{family}{'-js' if self.runtime == 'node' else ''}-{self.version}"

    @property
    def title(self) -> str:
        return f"{self.package}{' (JS)' if self.runtime == 'node' else ''} {self.version}"


ROWS = (
    Row(vendor="openai", package="openai", version="3.54.0", series=">=3", extra="[realtime]"),
    Row(vendor="openai", package="openai", version="2.54.0", series=">=2,<3", extra="[realtime]"),
    # The last 1.x but a few that has the GA shape, which came with 1.107.0.
    Row(vendor="openai", package="openai", version="1.109.1", extra="[realtime]"),
    # The last but a few that has the beta shape alone.
    Row(vendor="openai", package="openai", version="1.99.9", extra="[realtime]", settings={"beta": "served"}),
    Row(vendor="gemini", package="google-genai", version="3.4.0", series=">=3"),
    Row(vendor="gemini", package="google-genai", version="2.34.0", series=">=2,<3"),
    Row(vendor="gemini", package="google-genai", version="1.75.0", series=">=1,<2"),
    Row(vendor="deepgram", package="deepgram-sdk", version="7.17.0", series=">=7"),
    Row(vendor="deepgram", package="deepgram-sdk", version="6.1.1", series=">=6,<7"),
    Row(
        vendor="openai",
        package="openai",
        version="7.57.0",
        series=">=7",
        runtime="node",
        # A peer that it asks for only where a server uses it.
        also=(NODE_WS,),
    ),
    Row(vendor="gemini", package="@google/genai", version="3.1.0", series=">=3", runtime="node", also=(NODE_WS,)),
    Row(vendor="deepgram", package="@deepgram/sdk", version="5.13.0", series=">=5", runtime="node", also=(NODE_WS,)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where a row's SDK is installed."""

    folder: Path
    version: str
    """Of the SDK that is really there."""

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"


def made(row: Row, *, latest: bool = False, place: Path = PLACE) -> Environment:
    """The environment of this row, which is made if it is not there, or if it is not what is wished for now.

    Args:
        latest: Of the newest version in the row's series, looked up anew each time.

    Raises:
        NotInstallable: If a registry did not give what was asked for, or there is no Node.
    """
    moving = latest and bool(row.series)
    folder = place / (f"{row.name}-latest" if moving else row.name)
    place.mkdir(parents=True, exist_ok=True)
    with locked(place / f"{folder.name}.lock"):
        return (_made_for_node if row.runtime == "node" else _made_for_python)(row, folder, moving=moving)


def neutral() -> dict[str, str]:
    """The variables that an SDK sees: no keys, no proxies, no certificates of this machine."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR", "SYSTEMROOT") if name in os.environ}
    return {**kept, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


# ── Python ───────────────────────────────────────────────────────────────────


def _made_for_python(row: Row, folder: Path, *, moving: bool) -> Environment:
    sdk = f"{row.package}{row.extra}{row.series if moving else '==' + row.version}"
    wish = [sdk, *row.also, *_own_dependencies()]
    python = folder / "bin" / "python"
    stamp = folder / "wish.json"
    written = json.dumps([sys.version, *wish], indent=1)
    if moving or not stamp.exists() or stamp.read_text(encoding="utf-8") != written:
        installed(folder, wish, upgrade=moving)
        stamp.write_text(written, encoding="utf-8")
    asked = f"from importlib.metadata import version; print(version({row.package!r}))"
    return Environment(folder=folder, version=ran([python, "-c", asked]).strip())


def _own_dependencies() -> list[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # The mocks of the virtual clock and the machine itself are imported beside the SDK.
    return [*project["dependencies"], "packaging>=24"]


# ── Node ─────────────────────────────────────────────────────────────────────


def _made_for_node(row: Row, folder: Path, *, moving: bool) -> Environment:
    if shutil.which("node") is None or shutil.which("npm") is None:
        raise NotInstallable("there is no Node here")
    wish = [f"{row.package}@{row.series if moving else row.version}", *(each.replace("==", "@") for each in row.also)]
    stamp = folder / "wish.json"
    written = json.dumps(wish, indent=1)
    if moving or not stamp.exists() or stamp.read_text(encoding="utf-8") != written:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "package.json").write_text('{"private": true, "type": "module"}\n', encoding="utf-8")
        ran(
            [
                "npm", "install", "--prefix", folder, "--no-audit", "--no-fund", "--loglevel=error",
                "--fetch-retries=1", "--prefer-offline", *wish,
            ]
        )  # fmt: skip
        stamp.write_text(written, encoding="utf-8")
    package = folder / "node_modules" / row.package / "package.json"
    return Environment(folder=folder, version=json.loads(package.read_text(encoding="utf-8"))["version"])
