"""A drawing as SVG. `report.js` draws the same from the packed form; a test holds the two against each other."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from harness.expectations.words import moment
from harness.reports.exhibit import LANES
from harness.reports.exhibit.marks import when
from harness.reports.html.drawing import Drawing, DrawnLane, Shape, ticks
from harness.reports.html.sizes import AXIS_HEIGHT, BAR_HEIGHT, LANE_GAP, MARGIN, NAMES_WIDTH, ROW_HEIGHT, WIDTH
from harness.reports.lines import printable

__all__ = ["names_svg", "timeline_svg"]


def timeline_svg(drawing: Drawing, *, prefix: str, title: str) -> Markup:
    """The marks; each has the id `<prefix>-m<number>`, is a link to itself, and says in its title what it is."""
    height = _height(drawing)
    parts = [
        Markup('<svg class="marks" width="{}" height="{}" viewBox="{} 0 {} {}" role="group" aria-label="{}">').format(
            WIDTH + 2 * MARGIN, height, -MARGIN, WIDTH + 2 * MARGIN, height, printable(title)
        ),
        *_axis(drawing, height),
    ]
    if drawing.broke_x is not None:
        parts.append(Markup('<path class="broke" d="M{} {}V{}"/>').format(drawing.broke_x, AXIS_HEIGHT - 6, height))
    number = 0
    for lane, y in _tops(drawing):
        parts.append(Markup('<path class="rule" d="M0 {}H{}"/>').format(y - LANE_GAP // 2, WIDTH))
        for shape in lane.shapes:
            number += 1
            parts.append(_mark(shape, lane.name, y, id=f"{prefix}-m{number}", height=height))
    return Markup("").join([*parts, Markup("</svg>")])


def names_svg(drawing: Drawing) -> Markup:
    """The names of the lanes, as high as the marks: they stay where they are when those are scrolled."""
    height = _height(drawing)
    parts = [Markup('<svg class="names" width="{}" height="{}" aria-hidden="true">').format(NAMES_WIDTH, height)]
    for lane, y in _tops(drawing):
        parts.append(Markup('<text x="0" y="{}">{}</text>').format(y + 12, LANES[lane.name]))
    return Markup("").join([*parts, Markup("</svg>")])


def _axis(drawing: Drawing, height: int) -> Iterator[Markup]:
    for at_us in ticks(drawing.lasted_us):
        x = at_us * WIDTH // max(1, drawing.lasted_us)
        yield Markup('<path class="tick" d="M{} {}V{}"/>').format(x, AXIS_HEIGHT - 6, height)
        anchor = "start" if x < 20 else "end" if x > WIDTH - 20 else "middle"
        yield Markup('<text class="tick" x="{}" y="11" text-anchor="{}">{}</text>').format(x, anchor, moment(at_us))


def _mark(shape: Shape, lane: str, lane_y: int, *, id: str, height: int) -> Markup:
    x, y = shape.x, lane_y + shape.row * ROW_HEIGHT
    parts = [Markup('<a id="{}" href="#{}" class="{}">').format(id, id, shape.mark.tone)]
    parts.append(Markup("<title>{}</title>").format(printable(f"{when(shape.mark)}: {shape.mark.what}")))
    if lane == "faults":
        parts.append(
            Markup('<rect class="through" x="{}" y="{}" width="{}" height="{}"/>').format(
                x, AXIS_HEIGHT - 6, max(shape.width, 1), height - AXIS_HEIGHT + 6
            )
        )
    if lane == "waits":
        parts.append(Markup('<path d="M{} {}H{}m-5-4l5 4l-5 4"/>').format(x, y + 7, x + shape.width))
    elif shape.width:
        parts.append(
            Markup('<rect x="{}" y="{}" width="{}" height="{}" rx="2"/>').format(x, y, shape.width, BAR_HEIGHT)
        )
    else:
        parts.append(Markup('<circle cx="{}" cy="{}" r="{}"/>').format(x, y + 7, shape.radius))
    parts.append(_label(shape, lane, x, y))
    return Markup("").join([*parts, Markup("</a>")])


def _label(shape: Shape, lane: str, x: int, y: int) -> Markup:
    match shape.label_at:
        case "inside" if lane == "waits":
            place = (x + 4, y + 4)
        case "inside":
            place = (x + 4, y + 11)
        case "beside":
            place = (x + max(shape.width, 4) + 5, y + 11)
        case "below":
            place = (x, y + ROW_HEIGHT + 10)
        case _:
            return Markup("")
    return Markup('<text x="{}" y="{}">{}</text>').format(*place, printable(shape.mark.label))


def _tops(drawing: Drawing) -> Iterator[tuple[DrawnLane, int]]:
    y = AXIS_HEIGHT + LANE_GAP
    for lane in drawing.lanes:
        yield lane, y
        y += lane.rows * ROW_HEIGHT + LANE_GAP


def _height(drawing: Drawing) -> int:
    return AXIS_HEIGHT + LANE_GAP + sum(lane.rows * ROW_HEIGHT + LANE_GAP for lane in drawing.lanes)
