"""An environment of its own for each known client: its dependencies never meet ours.

They live below `.cache/clients/` of a checkout, are made once, and made anew when what is asked for has changed.
"""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import dataclass
from importlib.metadata import distributions, version
from pathlib import Path

from harness.clients.installing import installed, locked
from harness.clients.shelf import KnownClient
from harness.errors import DeadairError

__all__ = ["Environment", "NotInstalled", "environment", "install", "place"]

ROOT = Path(__file__).parents[2]
"""The checkout, or where deadair is installed."""


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
    with locked(below / f"{client.environment}.lock"):
        found = _found(client, below)
        if found is not None:
            return found
        _stamp(folder).unlink(missing_ok=True)
        installed(folder, [*client.requirements, *_deadair()])
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
