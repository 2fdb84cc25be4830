"""The sizes of a sheet, in pixels. The script gets them with the data, so that they are said once."""

from __future__ import annotations

__all__ = ["AXIS_HEIGHT", "BAR_HEIGHT", "LANE_GAP", "MARGIN", "NAMES_WIDTH", "ROW_HEIGHT", "WIDTH"]

WIDTH = 1_080
"""Of the run, from its beginning to its end: beside the names it fits on a laptop, and is scrolled on a phone."""

MARGIN = 6
"""To the left and the right of it, for dots at the very beginning and the very end."""

NAMES_WIDTH = 104
AXIS_HEIGHT = 22
LANE_GAP = 8
ROW_HEIGHT = 18
BAR_HEIGHT = 14
