"""An environment of its own for the vendors' SDKs: one of them pins an older websockets than this project runs on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

__all__ = ["ROOT", "Unreachable", "python_with_sdks"]

ROOT = Path(__file__).parents[2]
PLACE = ROOT / ".cache" / "sdk-env"
PACKAGES = (
    "openai[realtime]==3.54.0",
    "google-genai==3.4.0",
    "deepgram-sdk==7.17.0",
    "trustme>=1.2,<2",
    "pydantic>=2.10,<3",
)
INSTALL_S = 600.0


class Unreachable(Exception):
    """The registry did not give what was asked for; the message is pip's."""


def python_with_sdks() -> Path:
    """The interpreter of the environment, which is made on first use and whenever PACKAGES have changed."""
    python = PLACE / "bin" / "python"
    stamp = PLACE / "packages.txt"
    wanted = "\n".join((sys.version, *PACKAGES))
    if stamp.exists() and stamp.read_text() == wanted:
        return python
    subprocess.run([sys.executable, "-m", "venv", "--clear", PLACE], check=True, timeout=INSTALL_S)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES]
    installed = subprocess.run(pip, capture_output=True, text=True, timeout=INSTALL_S, check=False)
    if installed.returncode != 0:
        raise Unreachable(installed.stderr.strip().splitlines()[-1])
    stamp.write_text(wanted)
    return python
