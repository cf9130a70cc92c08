"""Which epochs can be selected, and a small image of the unit's output at each of them."""

from __future__ import annotations

import numpy as np

from convcore.arrays import Array, Ints
from convcore.labkit.landscape import data_uri
from convcore.labs.perceptron.learners_training import LearnersTraining
from convcore.separators.stability import Box, box_around

SNAPS = 56  # epochs that can be selected
PIXELS = 32  # along each side of the output's picture
SHADES = 8  # levels of the output, whose edges are lines of equal y
PLUS, MINUS = (190, 130, 20), (95, 110, 140)  # the sides of the output y, on either theme


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


def shades(training: LearnersTraining, k: Ints, view: Box) -> tuple[str, ...]:
    """Backprop's output over the view at epochs k (m,), data URIs; () where there is no plane to shade."""
    if training.points.inputs == 1 or "backprop" not in training.ends:
        return ()
    at = (np.arange(PIXELS) + 0.5) / PIXELS
    (xlo, xhi), (ylo, yhi) = view
    x, y = np.meshgrid(xlo + at * (xhi - xlo), ylo + at * (yhi - ylo))
    grid = np.stack([x.ravel(), y.ravel()], axis=-1)
    share = training.unit.output(training.run.w[clamped(k, len(training.run.w))], grid)
    if training.unit.gain > 1:
        share = (1 + share) / 2
    return tuple(output_png(s) for s in share.reshape(-1, PIXELS, PIXELS))


def output_png(share: Array) -> str:
    """A data URI of the output as a share of its range, 0 to 1; (rows, columns), first row lowest."""
    share = share[::-1]
    rgba = np.zeros((*share.shape, 4), dtype=np.uint8)
    rgba[..., :3] = np.where(share[..., None] > 0.5, PLUS, MINUS)
    rgba[..., 3] = 6 + 90 * np.ceil(np.abs(2 * share - 1) * SHADES) / SHADES
    return data_uri(rgba)
