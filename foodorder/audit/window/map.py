"""A map of villages drawn by ourselves: no tiles, no outlines, nothing asked of anybody.

In the middle lies the town; around it rings of equal air distance, closer to each other the farther out they
are (by the square root), so that the near villages have room. A village is a disc whose area tells the weight
that comes from it. All in presentation attributes: the strict content policy of pages holds, and the
drawing is whole by itself as a file.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, radians, sqrt
from xml.sax.saxutils import escape, quoteattr

#: Of static/css/foodorder.css.
GREEN, PALE, INK, GREY, LINE, WHITE = "#1d5c3f", "#f2f6f2", "#26231e", "#5c554b", "#cfd8cf", "#ffffff"
FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"

METRES_PER_DEGREE = 111_195
#: Rings in metres of air; the map ends with the smallest that holds nearly all of the weight.
RINGS = (5_000, 10_000, 20_000, 30_000, 40_000, 60_000, 80_000, 100_000, 150_000, 200_000, 300_000)
#: Permille of the weight that lies within the map; what is farther is told in words beside it.
WITHIN = 960
SMALLEST, LARGEST = 3.5, 26.0
LETTER = 0.56
#: How far the label of a village moves away from its disc to find room, in heights of a line.
TRIES = (0.0, 0.9, -0.9)


@dataclass(frozen=True, slots=True)
class Dot:
    """A village: its name, place in degrees, weight in grams, and what is said when it is pointed at."""

    name: str
    place: tuple[float, float]
    grams: int
    words: str


@dataclass(frozen=True, slots=True)
class Map:
    """A drawing, and the villages that lie beyond it."""

    svg: str
    beyond: tuple[Dot, ...]


@dataclass(frozen=True, slots=True)
class _Box:
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "_Box") -> bool:
        """Whether two boxes have a point in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True, slots=True)
class _Disc:
    dot: Dot
    x: float
    y: float
    radius: float


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The paper: where a place in degrees lies on it, in pixels; `reach` in metres."""

    middle: tuple[float, float]
    width: int
    height: int
    reach: float

    def radius(self, metres: float) -> float:
        """Pixels from the middle."""
        return (min(self.width, self.height) / 2 - 14) * sqrt(metres / self.reach)

    @property
    def rings(self) -> list[int]:
        """The rings that are drawn, in metres: those that have room for their words."""
        found: list[int] = []
        for ring in RINGS:
            if ring <= self.reach and self.radius(ring) - (self.radius(found[-1]) if found else 0) > 24:
                found.append(ring)
        return found

    def foot(self, ring: int) -> float:
        """The lowest point of a ring, pixels from the top."""
        return self.height / 2 + self.radius(ring)

    def disc(self, dot: Dot, heaviest: int) -> _Disc | None:
        """A village's disc; None beyond the paper."""
        east, north = offset(self.middle, dot.place)
        metres = sqrt(east * east + north * north) or 1.0
        part = self.radius(metres) / metres
        x, y = self.width / 2 + east * part, self.height / 2 - north * part
        if not (0 < x < self.width and 0 < y < self.height):
            return None
        largest = LARGEST if self.width > 500 else LARGEST * 0.65
        return _Disc(dot, x, y, max(SMALLEST, largest * sqrt(dot.grams / max(heaviest, 1))))


def draw(
    middle: tuple[float, float], town: str, dots: Sequence[Dot], title: str, words: str, width: int
) -> Map:
    """The map around a town, `width` pixels wide and nearly square; `title` and `words` are read aloud."""
    height = round(width * (0.8 if width > 500 else 1.05))
    sheet = _Sheet(middle, width, height, _reach(middle, dots))
    ordered = sorted(dots, key=lambda dot: (-dot.grams, dot.name))
    heaviest = max((dot.grams for dot in ordered), default=1)
    every = [(dot, sheet.disc(dot, heaviest)) for dot in ordered]
    discs = [disc for _dot, disc in every if disc]
    size = 13 if width > 500 else 12
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}" role="img" font-family={quoteattr(FONT)} font-size="{size}">',
        f"<title>{escape(title)}</title><desc>{escape(words)}</desc>",
        f'<rect width="{width}" height="{height}" rx="8" fill="{PALE}"/>',
        *_rings(sheet),
        *_drawn(discs),
        *_distances(sheet),
        *_labels(discs, town, sheet, size),
        "</svg>",
    ]
    return Map("".join(parts), tuple(dot for dot, disc in every if disc is None))


def offset(middle: tuple[float, float], place: tuple[float, float]) -> tuple[float, float]:
    """Metres to the east and to the north of the middle, on a plane that is good enough for a region."""
    north = (place[0] - middle[0]) * METRES_PER_DEGREE
    east = (place[1] - middle[1]) * METRES_PER_DEGREE * cos(radians((place[0] + middle[0]) / 2))
    return east, north


def _far(middle: tuple[float, float], place: tuple[float, float]) -> float:
    east, north = offset(middle, place)
    return sqrt(east * east + north * north)


def _reach(middle: tuple[float, float], dots: Iterable[Dot]) -> float:
    """How far the map reaches: the first ring that holds nearly all of the weight, and a little more."""
    by_distance = sorted((_far(middle, dot.place), dot.grams) for dot in dots)
    whole = sum(grams for _far_away, grams in by_distance) or 1
    upto, needed = 0, 0.0
    for metres, grams in by_distance:
        if upto * 1000 >= whole * WITHIN:
            break
        upto, needed = upto + grams, metres
    return next((ring for ring in RINGS[1:] if ring >= needed), RINGS[-1]) * 1.04


def _rings(sheet: _Sheet) -> list[str]:
    return [
        f'<circle cx="{sheet.width / 2:.1f}" cy="{sheet.height / 2:.1f}" r="{sheet.radius(ring):.1f}"'
        f' fill="none" stroke="{LINE}" stroke-width="1.2"/>'
        for ring in sheet.rings
    ]


def _distances(sheet: _Sheet) -> list[str]:
    """The distance of each ring at its foot, where the fewest villages lie."""
    return [
        f'<text x="{sheet.width / 2:.1f}" y="{sheet.foot(ring) - 5:.1f}" text-anchor="middle" fill="{GREY}"'
        f' font-size="11" stroke="{PALE}" stroke-width="4" paint-order="stroke">{ring // 1000} km</text>'
        for ring in sheet.rings
    ]


def _drawn(discs: Iterable[_Disc]) -> list[str]:
    return [
        f'<circle cx="{disc.x:.1f}" cy="{disc.y:.1f}" r="{disc.radius:.1f}" fill="{GREEN}"'
        f' fill-opacity="0.72" stroke="{WHITE}" stroke-width="1.2">'
        f"<title>{escape(disc.dot.words)}</title></circle>"
        for disc in discs
    ]


def _labels(discs: Sequence[_Disc], town: str, sheet: _Sheet, size: int) -> list[str]:
    """Names beside their discs, heaviest first; one that finds no room is left to the table."""
    width, height = sheet.width, sheet.height
    x, y = width / 2, height / 2
    half = len(town) * size * LETTER * 1.1 / 2
    taken = [_Box(x - half, y - size - 6, x + half, y + 2)]
    taken += [_Box(x - 18, sheet.foot(ring) - 16, x + 18, sheet.foot(ring) - 3) for ring in sheet.rings]
    drawn = [
        f'<path d="M{x - 5:.1f} {y:.1f}h10M{x:.1f} {y - 5:.1f}v10" stroke="{INK}" stroke-width="1.6"/>',
        _text(x, y - 9, town, "middle", size + 1, bold=True),
    ]
    for disc in discs:
        found = _room(
            disc, [*taken, *(_around(one) for one in discs if one is not disc)], width, height, size
        )
        found = found or _room(disc, taken, width, height, size)
        if found:
            box, anchor = found
            taken.append(box)
            at = box.left if anchor == "start" else box.right
            drawn.append(_text(at, box.bottom - 3, disc.dot.name, anchor, size))
    return drawn


def _room(disc: _Disc, taken: Sequence[_Box], width: int, height: int, size: int) -> tuple[_Box, str] | None:
    """Where the name of a village has room beside its disc, and which end of it stands there."""
    long = len(disc.dot.name) * size * LETTER
    for step in TRIES:
        for anchor in ("start", "end"):
            left = disc.x + disc.radius + 4 if anchor == "start" else disc.x - disc.radius - 4 - long
            base = disc.y + size * (0.36 + step)
            box = _Box(left, base - size, left + long, base + 3)
            fits = box.left > 4 and box.right < width - 4 and box.top > 2 and box.bottom < height - 2
            if fits and not any(box.meets(other) for other in taken):
                return box, anchor
    return None


def _around(disc: _Disc) -> _Box:
    half = disc.radius * 0.8
    return _Box(disc.x - half, disc.y - half, disc.x + half, disc.y + half)


def _text(x: float, y: float, words: str, anchor: str, size: int, *, bold: bool = False) -> str:
    weight = ' font-weight="650"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}"{weight} fill="{INK}"'
        f' stroke="{PALE}" stroke-width="3" paint-order="stroke">{escape(words)}</text>'
    )
