"""Scenarios: what runs, what goes wrong, what must hold; from YAML to plain typed values."""

from harness.scenario.errors import LoadError, Mistake, Place
from harness.scenario.load import Loaded, expand, load
from harness.scenario.model import Case
from harness.scenario.plan import default_turns, seeds, stream
from harness.scenario.project import project_root

__all__ = [
    "Case", "LoadError", "Loaded", "Mistake", "Place", "default_turns", "expand", "load", "project_root", "seeds", "stream",
]  # fmt: skip
