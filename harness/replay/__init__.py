"""Two runs laid side by side, and what a server did in one of them, ready to be done again. Pure."""

from harness.replay.difference import Changed, Difference, Divergence, Moved, difference
from harness.replay.recorded import audible, script_of
from harness.replay.script import Script

__all__ = ["Changed", "Difference", "Divergence", "Moved", "Script", "audible", "difference", "script_of"]
