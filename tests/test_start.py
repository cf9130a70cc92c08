"""The one check of a start that somebody types."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from convcore.knobs import FieldError
from convcore.labkit.functions import FromFormula
from convcore.labkit.start import check_defined, check_start
from convcore.labs import Lab, ManyWeights, PerceptronAndBackprop, RoughGround, TaylorAndNewton


def test_an_empty_start_and_one_of_the_right_length_pass() -> None:
    check_start((), 2, "")
    check_start((1e6, -1e6), 2, "")


def test_a_start_beyond_its_size_is_refused() -> None:
    with pytest.raises(FieldError, match=r"The start has numbers beyond 1e6\."):
        check_start((1e6, -1.1e6), 2, "")
    check_start((1e6, -1.1e6), 2, "", exponent=12)


def test_a_start_where_the_function_is_not_defined_is_refused() -> None:
    objective = FromFormula("log(w)").objective()
    check_defined(objective, np.array([1.0]))
    with pytest.raises(FieldError, match="not defined at this start"):
        check_defined(objective, np.array([-1.0]))


@pytest.mark.parametrize(
    ("lab", "needs"),
    [
        (TaylorAndNewton, " and E has 1 weight."),
        (ManyWeights, " and there are 2 weights: give 2, or none for the usual start."),
        (RoughGround, " and E has 1 weights."),
        (PerceptronAndBackprop, "; the unit has 3 weights, the bias last."),
    ],
)
def test_each_lab_says_how_many_numbers_its_start_needs(lab: type[Lab], needs: str) -> None:
    with pytest.raises(FieldError) as raised:
        replace(lab(), start=(1.0,) * 5)  # type: ignore[call-arg]
    assert raised.value.field == "start"
    assert str(raised.value) == f"The start has 5 numbers{needs}"
