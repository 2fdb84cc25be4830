"""Making an environment: uv does it in seconds where it can be had, pip otherwise."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.errors import DeadairError

__all__ = ["NotInstallable", "installed", "locked", "ran"]

INSTALL_S = 900.0
"""The largest, pipecat's, has 500 MB."""


class NotInstallable(DeadairError):
    """The environment could not be made; the message says why, and what to do."""


def installed(folder: Path, wish: Sequence[str], *, upgrade: bool = False) -> None:
    """Make a fresh environment at `folder` with all of `wish` in it. uv is kept in the folder above, for all of them.

    Args:
        wish: What pip would be told to install.
        upgrade: Take the newest of what the wish allows, whatever a cache has.

    Raises:
        NotInstallable: If the registry did not give what was asked for.
    """
    python = folder / "bin" / "python"
    uv = _uv(folder.parent)
    if uv is None:
        _installed_by_pip(folder, wish)
        return
    led = _what_pip_was_told()
    newest = ("--upgrade",) if upgrade else ()
    # Nothing of this interpreter's own site-packages: a client is to find what it asked for alone.
    ran([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], more=led)
    ran([uv, "pip", "install", "--quiet", "--python", python, *newest, *wish], more=led)


def ran(command: Sequence[str | Path], *, more: Mapping[str, str] | None = None) -> str:
    """What the command printed.

    Args:
        more: Environment variables besides this process's own.

    Raises:
        NotInstallable: With what it complained of, if it failed or was not done after `INSTALL_S`.
    """
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=INSTALL_S,
            check=False,
            env={**os.environ, **(more or {})},
        )
    except subprocess.TimeoutExpired:
        raise NotInstallable(f"{name} was not done after {INSTALL_S:g} s; is the registry slow?") from None
    except OSError as error:
        raise NotInstallable(f"{command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        raise NotInstallable(f"{name}: {_complaint(done.stderr)}. Is the registry within reach, as pip is told it?")
    return done.stdout


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Two processes that make an environment at once do it one after the other; the second finds it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _installed_by_pip(folder: Path, wish: Sequence[str]) -> None:
    """Our own pip does it, where there is one: to put another into the environment takes longer than most downloads."""
    python = folder / "bin" / "python"
    ours = importlib.util.find_spec("pip") is not None
    bare = ("--without-pip",) if ours else ()
    ran([sys.executable, "-m", "venv", "--clear", *bare, folder])
    pip: tuple[str | Path, ...] = (sys.executable, "-m", "pip", "--python", python) if ours else (python, "-m", "pip")
    ran([*pip, "install", "--quiet", "--retries", "1", "--disable-pip-version-check", *wish])


def _uv(below: Path) -> str | None:
    """uv, as it is on this machine or as pip gives it; None where it cannot be had."""
    found = shutil.which("uv")
    if found is not None:
        return found
    home = below / "uv"
    uv = home / "bin" / "uv"
    with locked(below / "uv.lock"):
        if not uv.exists():
            try:
                _installed_by_pip(home, ["uv>=0.8"])
            except NotInstallable:
                return None
    return str(uv)


def _what_pip_was_told() -> dict[str, str]:
    """uv reads none of pip's variables, and trusts a list of its own where pip trusts what the machine does; what leads pip
    to a registry is to lead uv there as well."""
    translations = {"PIP_INDEX_URL": "UV_DEFAULT_INDEX", "PIP_EXTRA_INDEX_URL": "UV_INDEX", "PIP_CERT": "SSL_CERT_FILE"}
    told = {
        theirs: os.environ[ours]
        for ours, theirs in translations.items()
        if ours in os.environ and theirs not in os.environ
    }
    return {"UV_NATIVE_TLS": "true", **told}


def _complaint(stderr: str) -> str:
    """The line that says what went wrong: uv says first what it wanted and last why not, pip says all in its last."""
    lines = [line.strip().rstrip(".") for line in stderr.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower() or "cause" in line.lower()]
    return "; ".join(dict.fromkeys([*telling[:1], *telling[-1:]])) or (lines[-1] if lines else "it said nothing")
