"""E over two weights with the start, or in a plane of more, as it is before the runs of "Many weights"."""

from __future__ import annotations

import numpy as np

from convcore.cache import kept_while_alive
from convcore.charts import given as pictures
from convcore.charts.landscape import drawn
from convcore.charts.picture import Picture
from convcore.labkit.given import schedule, set_here, vector
from convcore.labkit.words import num, steps
from convcore.labs.many_weights.plane import QuadraticPlane
from convcore.labs.many_weights.settings import KINDS, ManyWeightsSettings, eta_field

CELLS = 96  # along each side of the picture
WRITTEN = 4  # weights of a matrix that is written out
FIELDS = {"eta": "η", "relative": "η of full steps", "sized": "η of sign-like steps"}


def given(settings: ManyWeightsSettings) -> Picture:
    """What is there before the runs."""
    plane = settings.plane
    names = ("weight w₁", "weight w₂")
    if plane.objective.n > 2:
        names = ("along the flattest direction", "along the steepest")
    xlo, xhi, ylo, yhi = plane.frame([])
    x, y = plane.start_in_picture.tolist()
    fields = dict.fromkeys(eta_field(method) for method in settings.methods or ("gd",))
    about = set_here(
        *_quadratic(plane),
        f"start w₀ = {vector(plane.start.tolist())}" if plane.objective.n <= WRITTEN else "",
        f"methods: {', '.join(KINDS[name].label for name in settings.methods)}"
        if settings.methods
        else "",
        *(f"{FIELDS[field]} = {num(getattr(settings, field))}" for field in fields),
        schedule(settings.schedule),
        steps(settings.steps),
    )
    return pictures.plane(_image(plane), (x, y), ((xlo, xhi), (ylo, yhi)), names, about)


def _quadratic(plane: QuadraticPlane) -> tuple[str, ...]:
    objective = plane.objective
    if objective.n > WRITTEN:
        low, high = num(objective.spectrum.values[0]), num(objective.spectrum.values[-1])
        return (f"E = ½wᵀAw + bᵀw + c of {objective.n} weights, λ from {low} to {high}",)
    rows = "; ".join(vector(row) for row in objective.A.tolist())
    b = vector(objective.b.tolist()) if objective.b.any() else "0"
    return (f"E = ½wᵀAw + bᵀw + c, A with the rows {rows}", f"b = {b}")


@kept_while_alive(1)
def _image(plane: QuadraticPlane) -> str:
    """Level lines in the plane, through the stationary point."""
    xlo, xhi, ylo, yhi = plane.frame([])
    at = (np.arange(CELLS) + 0.5) / CELLS
    x, y = np.meshgrid(xlo + at * (xhi - xlo), ylo + at * (yhi - ylo))
    s = plane.objective.spectrum
    away = np.stack([x, y], axis=-1) - plane.middle
    E = plane.excess(plane.objective.stationary + away @ plane.axes @ s.vectors.T)
    return drawn(E, np.full(E.shape, bool(s.values[0] > 0)))
