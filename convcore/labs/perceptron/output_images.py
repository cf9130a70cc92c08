"""Which epochs can be selected, and the levels of the unit's output over the plane at each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convcore.arrays import Ints
from convcore.labs.perceptron.learners_training import LearnersTraining
from convcore.separators.stability import Box, box_around

SNAPS = 56  # epochs that can be selected
PIXELS = 32  # along each side of the output's picture
LEVELS = 8  # of the output on each side, whose edges are lines of equal y


@dataclass(frozen=True, eq=False)
class Shades:
    """Backprop's output over the view at some epochs.

    levels: (m, rows, columns), first row lowest; 1 to LEVELS on the side of +, −1 to −LEVELS on that
    of −, the larger the surer, and 0 on the boundary.
    """

    levels: NDArray[np.int8]


def view_of(training: LearnersTraining) -> Box:
    """The view (xlo, xhi), (ylo, yhi): around all points; of one input, y is the unit's output."""
    around = box_around(training.points)
    if training.points.inputs == 2:
        return around
    low = -1.0 if training.unit.gain > 1 else 0.0
    pad = 0.16 * (1 - low)
    return (around[0], (low - pad, 1 + pad))


def epochs_to_look_at(training: LearnersTraining, look: int) -> Ints:
    """Epochs (m,), including `look`: dense at first, and where the count of wrong points changes."""
    last = training.last_epoch
    evenly = np.geomspace(1, last + 1, SNAPS - 14).round().astype(np.int64) - 1
    turns = np.flatnonzero(np.diff(training.errors))[:10] + 1
    chosen = {*evenly.tolist(), *turns.tolist(), min(max(look, 0), last), training.epochs, last}
    return np.array(sorted(chosen))


def clamped(k: Ints, length: int) -> Ints:
    """Indices (m,) of epochs in a record that may end earlier and then keeps its last value."""
    return np.minimum(k, length - 1)


def shades(training: LearnersTraining, k: Ints, view: Box) -> Shades | None:
    """Backprop's output over the view at epochs k (m,); None where there is no plane to shade."""
    if training.points.inputs == 1 or "backprop" not in training.ends:
        return None
    at = (np.arange(PIXELS) + 0.5) / PIXELS
    (xlo, xhi), (ylo, yhi) = view
    x, y = np.meshgrid(xlo + at * (xhi - xlo), ylo + at * (yhi - ylo))
    grid = np.stack([x.ravel(), y.ravel()], axis=-1)
    share = training.unit.output(training.run.w[clamped(k, len(training.run.w))], grid)
    if training.unit.gain > 1:
        share = (1 + share) / 2
    side = 2 * share.reshape(-1, PIXELS, PIXELS) - 1
    return Shades((np.sign(side) * np.ceil(np.abs(side) * LEVELS)).astype(np.int8))
