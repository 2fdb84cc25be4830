"""The six examples of the format's specification, word for word.

Five of them are part of the pack. The sixth plays each of its cases twenty times over, which is for its own test and not
for everybody who runs the pack.
"""

from __future__ import annotations

from pathlib import Path

import scenarios

__all__ = ["EXAMPLES", "example"]

IN_THE_PACK = Path(scenarios.__file__).parent / "examples"
BESIDE_IT = Path(__file__).parent.parent / "golden" / "examples"

EXAMPLES = tuple(sorted([*IN_THE_PACK.glob("*.yaml"), *BESIDE_IT.glob("*.yaml")], key=lambda path: path.name))


def example(name: str) -> Path:
    """The example of this file name."""
    return next(path for path in EXAMPLES if path.name == name)
