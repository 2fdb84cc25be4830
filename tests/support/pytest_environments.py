"""pytest in other versions and with other plugins beside it, each in an environment of its own, below `.cache/pytest/`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from harness.clients.installing import installed, locked

__all__ = ["ENVIRONMENTS", "PytestEnvironment", "made"]

ROOT = Path(__file__).parents[2]
PLACE = ROOT / ".cache" / "pytest"


@dataclass(frozen=True, slots=True, kw_only=True)
class PytestEnvironment:
    """What is installed beside deadair, as pip takes it."""

    name: str
    wish: tuple[str, ...]

    @property
    def has_asyncio(self) -> bool:
        return any(one.startswith("pytest-asyncio") for one in self.wish)


ENVIRONMENTS = (
    # The oldest pytest that is promised, with a pytest-asyncio of its time.
    PytestEnvironment(name="pytest-8.3-asyncio", wish=("pytest==8.3.*", "pytest-asyncio==0.25.*")),
    PytestEnvironment(name="pytest-8.4", wish=("pytest==8.4.*",)),
    PytestEnvironment(name="pytest-9-asyncio-xdist", wish=("pytest==9.*", "pytest-asyncio>=1.3", "pytest-xdist>=3.6")),
)
"""pytest 9 alone is what this project's own tests run in."""


def made(environment: PytestEnvironment) -> Path:
    """Its Python. It is made if it is not there, or was made of another wish.

    Raises:
        NotInstallable: If the registry did not give what was asked for.
    """
    folder = PLACE / environment.name
    wish = [*environment.wish, "--editable", str(ROOT)]
    stamp = folder / "wish.json"
    # What deadair itself asks for is part of it: an entry point is known when it is installed.
    asked = json.dumps([*wish, (ROOT / "pyproject.toml").read_text(encoding="utf-8")])
    with locked(PLACE / f"{environment.name}.lock"):
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != asked:
            installed(folder, wish)
            stamp.write_text(asked, encoding="utf-8")
    return folder / "bin" / "python"
