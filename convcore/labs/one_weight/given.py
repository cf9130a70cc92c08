"""E(w) with the start, as it is before the run of "One weight"."""

from __future__ import annotations

import numpy as np

from convcore.charts.picture import Picture
from convcore.labkit.given import of_curve, schedule, set_here
from convcore.labkit.words import num, steps
from convcore.labs.one_weight.picture import view_of
from convcore.labs.one_weight.settings import OneWeightSettings


def given(settings: OneWeightSettings) -> Picture:
    """What is there before the run."""
    w0 = settings.w0
    # A line has no minimum that says how much of it to show.
    xlo, xhi, ylo, yhi = view_of(settings, np.array([w0] if settings.a else [w0 - 2, w0 + 2]))
    w = np.linspace(xlo, xhi, 121)
    E, first = settings.objective.value(w[:, None]), settings.objective.value(np.array([w0]))
    a, b, c = (num(x) for x in (settings.a, settings.b, settings.c))
    about = set_here(
        f"E(w) = ½aw² + bw + c with a = {a}, b = {b}, c = {c}",
        f"start w₀ = {num(w0)}",
        f"η = {num(settings.eta)}",
        schedule(settings.schedule),
        steps(settings.steps),
    )
    return of_curve(w, E, (w0, float(first)), (ylo, yhi), about)
