"""Short scripts as users write them: each runs as it is and prints what is true, known without it."""

from __future__ import annotations

import contextlib
import io
import re
import runpy
from pathlib import Path

import numpy as np
import pytest

FOLDER = Path(__file__).parent / "scripts"
APART = {
    "sharpness_of_a_pytorch_model",
    "sharpness_of_a_jax_model",
}  # need what is not installed here

# What each must print, as patterns in this order.
PRINTED = {
    "sweep_of_eta": ["of 200 converge", r"fastest: η = 0\.019\d in \d+ steps; diverged at step"],
    "own_objective": ["on the first axis; gradient by complex step", r"\[1\. 1\.\]", "diverged"],
    "own_optimizer": ["1000 of 1000 end below 0.001", "1000 of 1000 end below 0.001"],
    "own_schedule": [
        r"1/\(k\+1\)²: frozen", "linear to 0: converged to a minimum", "halved .*: converged to a minimum"
    ],
    # Momentum is stable below η = 2(1 + β)/λ, with λ = 50 here.
    "sweep_over_dask": [
        f"β = {beta}: {'diverged' if 2 * (1 + beta) / 50 < 0.07 else 'converged'}"
        for beta in (0.5, 0.7, 0.8, 0.9)
    ],
    "derivative_of_a_formula": [
        f"E {np.log(np.cosh(1)) + 4:.5f}", rf"\[{np.tanh(1) + 4:.6f}", r"4\.0\], \[4\.0, 2\.0", "1000, 2"
    ],
    "stationary_points_of_a_function": [
        "minimum at .*3.0000, 2.0000", "saddle", "maximum at .-0.2708, -0.9230., E = 181.6165: holds no η"
    ],
    "perceptron_on_arrays": [r"0\] wrong: 0", "'cat' 'dog'", "'cat' 'dog'"],
    "hessian_spectrum": ["31 weights", r"λₘₐₓ = (\d+\.\d{5})\d in full, \1\d by products"],
    "chart_to_html": ["One weight: At η = 0.7 every step jumps across", "chart.vl.json run.html"],
    "least_squares_on_a_dataframe": ["raw: η < ", "standardised: η < "],
}  # fmt: skip


@pytest.mark.parametrize("script", sorted(path.stem for path in FOLDER.glob("*.py")))
def test_a_script_is_short_and_does_what_it_says(script: str) -> None:
    path = FOLDER / f"{script}.py"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line]
    assert len(lines) <= 15 and lines[0].startswith('"""')
    if script in APART:
        return
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        runpy.run_path(str(path), run_name="__main__")
    printed = out.getvalue()
    assert re.search(".*".join(PRINTED[script]), printed, re.S), printed


def test_there_are_a_dozen_scripts_and_the_readme_names_their_folder() -> None:
    assert len(list(FOLDER.glob("*.py"))) >= 12
    assert PRINTED.keys() | APART == {path.stem for path in FOLDER.glob("*.py")}
    assert "tests/scripts/" in (FOLDER.parent.parent / "README.md").read_text(encoding="utf-8")
