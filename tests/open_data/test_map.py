"""The map of villages: where things lie on it, and that it is whole and plain."""

import re
from itertools import combinations
from math import hypot
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foodorder.audit.window.map import Dot, draw, offset
from foodorder.rules.geography import air_metres

MIDDLE = (46.24, 14.356)
SVG = "{http://www.w3.org/2000/svg}"

places = st.tuples(st.floats(45.4, 46.9), st.floats(13.3, 16.6))
names = st.sampled_from(["Voklo", "Žabnica", "Zgornje Gorje", "<&>"])
dots = st.lists(st.builds(Dot, names, places, st.integers(0, 10**9), st.just("?")), max_size=30)


@pytest.mark.parametrize("width", [720, 332])
@settings(max_examples=30, deadline=None, derandomize=True, database=None)
@given(dots=dots)
def test_every_village_is_drawn_or_named_beyond(dots: list[Dot], width: int) -> None:
    drawn = draw(MIDDLE, "Kranj", dots, "T <", "W &", width)
    root = ElementTree.fromstring(drawn.svg)
    discs = [one for one in root.iter(f"{SVG}circle") if one.find(f"{SVG}title") is not None]
    assert len(discs) + len(drawn.beyond) == len(dots)
    assert root.findtext(f"{SVG}title") == "T <"
    assert root.findtext(f"{SVG}desc") == "W &"
    # The strict policy of the pages lets no style stand in an attribute.
    assert not re.search(r"style=|<style|<script|href", drawn.svg)


def test_farther_is_drawn_farther_and_in_its_direction() -> None:
    near, far = Dot("N", (46.30, 14.356), 5, ""), Dot("F", (46.24, 14.80), 5, "")
    root = ElementTree.fromstring(draw(MIDDLE, "Kranj", [near, far], "", "", 720).svg)
    discs = [one for one in root.iter(f"{SVG}circle") if one.find(f"{SVG}title") is not None]
    middle = (360.0, 288.0)
    (far_x, far_y), (near_x, near_y) = ((float(one.get("cx", "")), float(one.get("cy", ""))) for one in discs)
    assert near_y < middle[1]
    assert abs(near_x - middle[0]) < 1
    assert far_x > middle[0]
    assert abs(far_y - middle[1]) < 3
    assert hypot(far_x - middle[0], far_y - middle[1]) > hypot(near_x - middle[0], near_y - middle[1])


def test_the_area_of_a_disc_tells_the_weight() -> None:
    heavy, light = Dot("H", (46.30, 14.30), 4_000, ""), Dot("L", (46.10, 14.40), 1_000, "")
    root = ElementTree.fromstring(draw(MIDDLE, "Kranj", [light, heavy], "", "", 720).svg)
    radii = [
        float(one.get("r", "")) for one in root.iter(f"{SVG}circle") if one.find(f"{SVG}title") is not None
    ]
    assert radii == [26.0, 13.0]


def test_names_never_lie_on_each_other() -> None:
    crowd = [Dot(f"Vas številka {n}", (46.2 + n * 0.004, 14.36), 10, "") for n in range(30)]
    root = ElementTree.fromstring(draw(MIDDLE, "Kranj", crowd, "", "", 720).svg)
    names = [one for one in root.iter(f"{SVG}text") if (one.text or "").startswith("Vas")]
    assert 5 < len(names) <= 30
    lines = [(float(one.get("y", "")), one.get("text-anchor")) for one in names]
    assert all(abs(a[0] - b[0]) >= 13 for a, b in combinations(lines, 2) if a[1] == b[1])


def test_the_plane_agrees_with_the_distance_by_air() -> None:
    east, north = offset(MIDDLE, (46.38, 14.10))
    assert hypot(east, north) == pytest.approx(air_metres(*MIDDLE, 46.38, 14.10), rel=0.005)
