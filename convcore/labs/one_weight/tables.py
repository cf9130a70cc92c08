"""The table of "One weight": what theory says beside what was measured."""

from __future__ import annotations

import math

from convcore.descent.theory import Regime
from convcore.labkit.tables import Facts
from convcore.labkit.words import count, num, percent, steps
from convcore.labs.one_weight.study import OneWeightStudy
from convcore.labs.one_weight.words import beyond, ending, factor


def facts(study: OneWeightStudy) -> tuple[Facts, ...]:
    """The first factor, the steps to the tolerance, the end: predicted and measured."""
    settings, last, exact = study.settings, study.last, study.exact
    end = num(study.at_all_steps(exact)[0][last], 6) if exact is not None else "–"
    rows = [(f"w after {steps(last)}", end, num(study.run.w[last, 0], 6))]
    back = ""
    if settings.a and not settings.starts_at_rest:
        rows.insert(0, ("factor of the first step", *_first_factor(study)))
        reached = (
            count(study.took)
            if study.took < math.inf
            else f"not in {steps(last if study.blew_up_first else settings.steps)}"
        )
        back = beyond(study)
        by_theory = "–" if study.predicted is None else count(study.predicted) + back
        rows.insert(1, (f"steps to {percent(settings.tolerance)}", by_theory, reached))
    predicted = f"comes back{back}" if back else _predicted_end(study)
    rows.append(("how it ends", predicted, ending(study)))
    return (Facts(("quantity", "predicted", "measured"), tuple(rows)),)


def _first_factor(study: OneWeightStudy) -> tuple[str, str]:
    settings, eta = study.settings, study.first_eta
    by_theory, found = factor(settings, eta, 6), study.measured_factor
    return by_theory, by_theory if found == 1 - eta * settings.a else num(found, 6)


def _predicted_end(study: OneWeightStudy) -> str:
    settings = study.settings
    if settings.starts_at_rest:
        return Regime.STILL.value + (", but for rounding" if settings.only_rounding_moves else "")
    if settings.constant_eta:
        return f"in the long run it {study.regime.value}"
    return ending(study, study.exact) if study.exact is not None else "–"
