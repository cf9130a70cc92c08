"""E with the start, as it is before the runs of "Taylor and Newton"."""

from __future__ import annotations

from convcore.charts.picture import Picture
from convcore.labkit.given import of_function
from convcore.labkit.words import num, steps
from convcore.labs.newton.settings import KINDS, LABELS, NewtonSettings


def given(settings: NewtonSettings) -> Picture:
    """What is there before the runs."""
    methods = settings.methods or (settings.model,)
    told = [
        f"{LABELS[name]} with η = {num(settings.eta_of(name))}"
        + " of its full step" * KINDS[name].relative
        for name in methods
    ]
    about = [", ".join(told), steps(settings.steps)]
    return of_function(settings.ground, settings.origin, about)
