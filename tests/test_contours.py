"""Level lines against closed forms, and the landscape that they are drawn in."""

from __future__ import annotations

import urllib.parse
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from convcore.charts.contours import closed_lines
from convcore.charts.landscape import drawn, landscape
from convcore.objectives.gallery import GALLERY

CELLS = 80


def centres() -> tuple[np.ndarray, np.ndarray]:
    at = np.arange(CELLS) + 0.5
    return np.meshgrid(at, at)


def area(ring: np.ndarray) -> float:
    """Gauss's area of a polygon, positive if it runs counter-clockwise."""
    (x, y), (x2, y2) = ring.T, np.roll(ring, -1, axis=0).T
    return float((x * y2 - x2 * y).sum() / 2)


def test_the_level_lines_of_a_quadratic_are_its_ellipses():
    rng = np.random.default_rng(1)
    x, y = centres()
    for _ in range(20):
        mid, (a, b) = rng.uniform(35, 45, 2), rng.uniform(0.5, 2, 2)
        levels = np.sort(rng.uniform(30, 600, 5))
        E = a * (x - mid[0]) ** 2 + b * (y - mid[1]) ** 2
        for level, rings in zip(levels, closed_lines(E, levels), strict=True):
            inner = [ring for ring in rings if abs(area(ring)) < CELLS**2]  # not the outer edge
            [ring] = inner
            off = np.sqrt(a * (ring[:, 0] - mid[0]) ** 2 + b * (ring[:, 1] - mid[1]) ** 2)
            assert off == pytest.approx(np.full(len(ring), level**0.5), abs=0.15)
            # High ground is on the left, so the ring around the low ground runs clockwise.
            assert area(ring) == pytest.approx(-np.pi * level / (a * b) ** 0.5, rel=0.04)


def test_every_height_is_inside_as_many_rings_as_there_are_levels_below_it():
    rng = np.random.default_rng(2)
    for _ in range(5):
        E = rng.normal(size=(12, 15))
        E[rng.random(E.shape) < 0.1] = np.nan
        levels = np.quantile(E[np.isfinite(E)], [0.2, 0.5, 0.8]) + 1e-9
        for level, rings in zip(levels, closed_lines(E, levels), strict=True):
            inside = np.zeros(E.shape, dtype=int)
            for i, j in np.ndindex(E.shape):
                inside[i, j] = sum(winding(ring, j + 0.5, i + 0.5) for ring in rings)
            # What is left out of a line moves it by less than half the way to a clearly lower height.
            clear = np.isnan(E) | (np.abs(E - level) > 0.4)
            assert (inside == (np.nan_to_num(E, nan=-np.inf) > level))[clear].all()


def winding(ring: np.ndarray, x: float, y: float) -> int:
    """How often a ring runs around a point counter-clockwise."""
    d = (ring - [x, y]) @ [1, 1j]
    return round(float(np.angle(np.roll(d, -1) / d).sum() / (2 * np.pi)))


def test_heights_all_alike_or_unknown_have_no_lines():
    assert closed_lines(np.ones((9, 9)), np.array([1.0, 2.0])) == [[], []]
    assert closed_lines(np.full((9, 9), np.nan), np.array([0.0])) == [[]]
    svg(drawn(np.full((9, 9), np.nan), np.ones((9, 9), dtype=bool)))
    svg(drawn(np.ones((9, 9)), np.zeros((9, 9), dtype=bool)))


def svg(uri: str) -> ET.Element:
    head, text = uri.split(",", 1)
    assert head == "data:image/svg+xml" and not set('<>#"') & set(text)
    return ET.fromstring(urllib.parse.unquote(text))


@pytest.mark.parametrize("entry", [e for e in GALLERY if len(e.view) == 2], ids=lambda e: e.key)
def test_every_landscape_is_a_small_valid_image(entry):
    uri = landscape(entry.objective, entry.view)
    assert svg(uri).tag.endswith("svg")
    assert len(uri) < 20_000
