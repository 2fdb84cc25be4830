"""An environment of its own for each known client: its dependencies never meet ours.

They live below `.cache/clients/` of a checkout, are made once, and made anew when what is asked for has changed. uv makes
one in seconds where it can be had; pip does otherwise.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import distributions, version
from pathlib import Path

from harness.clients.shelf import KnownClient
from harness.errors import DeadairError

__all__ = ["Environment", "NotInstallable", "NotInstalled", "environment", "install", "place"]

ROOT = Path(__file__).parents[2]
"""The checkout, or where deadair is installed."""

INSTALL_S = 900.0
"""The largest, pipecat's, has 500 MB."""


class NotInstallable(DeadairError):
    """The environment could not be made; the message says why, and what to do."""


class NotInstalled(DeadairError):
    """The environment is not there; the message says how to get it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where a client is installed, beside deadair itself, and in which version it really is."""

    folder: Path
    version: str

    @property
    def python(self) -> Path:
        return _python(self.folder)


def place() -> Path:
    """The folder of all environments: `DEADAIR_CLIENTS`, or `.cache/clients` of a checkout, or the user's cache."""
    if named := os.environ.get("DEADAIR_CLIENTS"):
        return Path(named).expanduser().absolute()
    if _is_checkout():
        return ROOT / ".cache" / "clients"
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "deadair" / "clients"


def environment(client: KnownClient, *, below: Path | None = None) -> Environment:
    """The client's environment, which must be there already; nothing is run to find out.

    Args:
        below: The folder of all environments; `place()` if it is not said.

    Raises:
        NotInstalled: If it is not there, or is not what is asked for now.
    """
    found = _found(client, below or place())
    if found is None:
        raise NotInstalled(f"the client '{client.name}' is not installed. Run 'deadair clients install {client.name}'.")
    return found


def install(client: KnownClient, *, below: Path | None = None) -> Environment:
    """The client's environment, which is made if it is not there. Two who ask at once get the same one.

    Args:
        below: The folder of all environments; `place()` if it is not said.

    Raises:
        NotInstallable: If the registry did not give what was asked for.
    """
    below = below or place()
    folder = below / client.environment
    with _locked(below / f"{client.environment}.lock"):
        found = _found(client, below)
        if found is not None:
            return found
        _make(folder, [*client.requirements, *_deadair()])
        # Last: an environment without it was broken off, and is made again.
        _stamp(folder).write_text(_stamped(client), encoding="utf-8")
    return environment(client, below=below)


# ── what is there ────────────────────────────────────────────────────────────


def _found(client: KnownClient, below: Path) -> Environment | None:
    folder = below / client.environment
    try:
        asked = _stamp(folder).read_text(encoding="utf-8")
    except OSError:
        return None
    if asked != _stamped(client) or not _python(folder).exists():
        return None
    packages = [str(path) for path in folder.glob("lib/python*/site-packages")]
    version = next((each.version for each in distributions(name=client.package, path=packages)), None)
    return None if version is None else Environment(folder=folder, version=version)


def _python(folder: Path) -> Path:
    return folder / "bin" / "python"


def _stamp(folder: Path) -> Path:
    return folder / "wish.json"


def _stamped(client: KnownClient) -> str:
    """What the environment was made of; when it changes, so does what is asked for."""
    return json.dumps([*client.requirements, *_deadair(), *_own_dependencies()], indent=1)


def _deadair() -> list[str]:
    """This deadair, as pip takes it. On the virtual clock the harness runs beside the client, in the client's environment."""
    return ["--editable", str(ROOT)] if _is_checkout() else [f"deadair=={version('deadair')}"]


def _own_dependencies() -> list[str]:
    if not _is_checkout():
        return []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [project["version"], *project["dependencies"]]


def _is_checkout() -> bool:
    return (ROOT / "pyproject.toml").exists()


# ── making one ───────────────────────────────────────────────────────────────


def _make(folder: Path, wish: list[str]) -> None:
    _stamp(folder).unlink(missing_ok=True)
    uv = _uv(folder.parent)
    if uv is None:
        _ran([sys.executable, "-m", "venv", "--clear", folder])
        _ran([_python(folder), *_PIP, *wish])
        return
    led = _what_pip_was_told()
    _ran([uv, "venv", "--quiet", "--clear", "--python", sys.executable, folder], more=led)
    _ran([uv, "pip", "install", "--quiet", "--python", _python(folder), *wish], more=led)


_PIP = ("-m", "pip", "install", "--quiet", "--retries", "1", "--disable-pip-version-check")


def _uv(below: Path) -> str | None:
    """uv, as it is on this machine or as pip gives it; None where it cannot be had."""
    found = shutil.which("uv")
    if found is not None:
        return found
    home = below / "uv"
    uv = home / "bin" / "uv"
    with _locked(below / "uv.lock"):
        if not uv.exists():
            try:
                _ran([sys.executable, "-m", "venv", "--clear", home])
                _ran([_python(home), *_PIP, "uv>=0.8"])
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


def _ran(command: list[str | Path], *, more: Mapping[str, str] | None = None) -> None:
    name = Path(command[0]).name
    try:
        ran = subprocess.run(
            command,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
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
    if ran.returncode != 0:
        raise NotInstallable(f"{name}: {_complaint(ran.stderr)}. Is the registry within reach, as pip is told it?")


def _complaint(stderr: str) -> str:
    """The line that says what went wrong: uv says first what it wanted and last why not, pip says all in its last."""
    lines = [line.strip().rstrip(".") for line in stderr.splitlines() if line.strip()]
    telling = [line for line in lines if "error" in line.lower() or "cause" in line.lower()]
    return "; ".join(dict.fromkeys([*telling[:1], *telling[-1:]])) or (lines[-1] if lines else "it said nothing")


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
