"""`deadair doctor`: what is found on this machine, what is missing, and how to get it."""

from __future__ import annotations

import asyncio
import importlib.metadata
import platform
import shutil
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import click

from harness.cli import EXIT_OURS, SETTINGS
from harness.faults import ProxyError
from harness.faults.toxiproxy import check_toxiproxy
from harness.faults.toxiproxy_process import find_toxiproxy

__all__ = ["doctor"]

PYTHON_TESTED = ((3, 11), (3, 14))
LIBRARIES = (
    "websockets",
    "httpx",
    "h11",
    "pydantic",
    "PyYAML",
    "click",
    "rich",
    "Faker",
    "trustme",
    "toxiproxy-python",
)
GET_TOXIPROXY = (
    "go install github.com/Shopify/toxiproxy/v2/cmd/server@v2.12.0, then set DEADAIR_TOXIPROXY to the binary "
    "(or ci/get-toxiproxy PATH in a checkout)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked for. `needed` things must be there; the others make more possible."""

    what: str
    found: str | None
    needed: bool
    cure: str = ""


@click.command(context_settings=SETTINGS)
def doctor() -> None:
    """Say what is found on this machine, what is missing, and how to get it.

    Exits with 3 if something is missing without which nothing can be played.
    """
    findings = list(_findings())
    width = max(len(finding.what) for finding in findings)
    for finding in findings:
        mark = "ok     " if finding.found else ("MISSING" if finding.needed else "absent ")
        click.echo(f"{mark}  {finding.what:<{width}}  {finding.found or finding.cure}")
    if any(finding.needed and not finding.found for finding in findings):
        raise SystemExit(EXIT_OURS)


def _findings() -> Iterator[Finding]:
    yield _python()
    for name in LIBRARIES:
        yield _library(name)
    yield _loopback()
    yield _toxiproxy()
    go = shutil.which("go")
    yield Finding(what="Go", found=go, needed=False, cure="only needed to build Toxiproxy: https://go.dev/dl/")


def _python() -> Finding:
    first, last = PYTHON_TESTED
    version = platform.python_version_tuple()
    here = (int(version[0]), int(version[1]))
    return Finding(
        what="Python",
        found=platform.python_version() if first <= here else None,
        needed=True,
        cure=f"{platform.python_version()} is too old: {first[0]}.{first[1]} to {last[0]}.{last[1]} are supported",
    )


def _library(name: str) -> Finding:
    try:
        found: str | None = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        found = None
    return Finding(what=name, found=found, needed=True, cure=f"pip install {name}")


def _loopback() -> Finding:
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
            found: str | None = "127.0.0.1 takes connections"
    except OSError:
        found = None
    return Finding(
        what="loopback", found=found, needed=True, cure="127.0.0.1 takes no connections; '--clock virtual' works still"
    )


def _toxiproxy() -> Finding:
    found, cure = find_toxiproxy(), GET_TOXIPROXY
    if found is not None:
        try:
            asyncio.run(check_toxiproxy(found))
        except ProxyError as error:
            found, cure = None, str(error).partition("\n")[0]
    return Finding(what="Toxiproxy", found=found, needed=False, cure=cure)
