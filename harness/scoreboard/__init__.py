"""The scoreboard: which clients keep which rules, and what speaks against the others."""

from harness.scoreboard.contender import Contender
from harness.scoreboard.played import Played, broken_off, played
from harness.scoreboard.table import Asked, Board, Entry, Standing, board

__all__ = ["Asked", "Board", "Contender", "Entry", "Played", "Standing", "board", "broken_off", "played"]
