"""What each symbol and term of the page means, in two lines, and the claim that shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Term:
    """A term, the other forms in which the page writes it, its meaning, and the claim that shows it.

    claim: a row of SCIENCE.md; 0 if none is about it.
    """

    name: str
    means: str
    claim: int = 0
    forms: tuple[str, ...] = ()

    @property
    def markdown(self) -> str:
        """The entry, with a link to its claim."""
        shown = f" [Claim {self.claim}](?claim={self.claim})" if self.claim else ""
        return f"**{self.name}**: {self.means}{shown}"


@lru_cache(maxsize=256)
def _pattern(forms: tuple[str, ...]) -> re.Pattern[str]:
    """Any of these forms, the longer first."""
    return re.compile("|".join(map(_whole, sorted(forms, key=len, reverse=True))))


def _whole(form: str) -> str:
    """The pattern of a form as a whole word: no letter beside it, nor the rest of a longer symbol."""
    # Signs stand beside symbols, as in η∇E and Σb; a symbol may follow ½ or a power.
    before = "" if form[0] in "∇‖Σ" else r"(?<![^\W½¹²³])(?<![′″*])"
    return before + re.escape(form) + ("" if form == "Σ" else r"(?![\w′″*])")


def terms_in(text: str) -> tuple[Term, ...]:
    """The terms that a text uses, in their order there, each once."""
    # To look for all forms at each place of the text would take ten times as long.
    there = tuple(form for form in BY_FORM if form in text)
    if not there:
        return ()
    return tuple(dict.fromkeys(BY_FORM[form] for form in _pattern(there).findall(text)))


GLOSSARY = (
    Term("E", "the loss: what descent makes small.", 18, ("loss",)),
    Term("E*", "the smallest value of E.", 2),
    Term("E′", "the slope of E. A step goes against it: w ← w − η E′(w).", 1, ("slope",)),
    Term("E″", "the curvature of E: how fast its slope changes.", 6, ("curvature",)),
    Term("∇E", "the gradient: the slopes of E along all weights.", 7, ("gradient", "‖∇E‖", "‖g‖")),
    Term("w*", "the minimum: the weight at which E is smallest.", 2, ("minimum", "minima")),
    Term("w₀", "the start: the weight before the first step.", 2, ("start",)),
    Term("wₖ", "the weights after k steps.", 2, ("wₖ₊₁",)),
    Term("w₁", "the first of several weights; w₂ is the second.", 7, ("w₂",)),
    Term("‖w‖", "the length of the vector of weights: how far they are from 0.", 0,
         ("‖w − w*‖", "‖w₀ − w*‖", "‖wₖ‖", "‖w₀‖")),
    Term("ŵ", "the weights in the whitened space, where all directions are alike.", 10, ("ŵ₁", "ŵ₂", "ŵₖ")),
    Term("Tₖ", "the Chebyshev polynomial of degree k: a wave between −1 and 1.", 0),
    Term("aᵢᵢ", "the entries on the diagonal of A: the curvatures along the single weights.", 7),
    Term("Σ", "the sum over all weights, points or steps.", 0),
    Term("b₁", "the slope of E along the first weight at w = 0; b₂ along the second.", 7, ("b₂",)),
    Term("wᵀAw", "all products of two weights, each times its entry of the matrix A: twice E without its "
         "slope.", 7, ("bᵀw",)),
    Term("Lᵀ", "the transpose of L: its rows are the columns of L.", 0, ("LLᵀ",)),
    Term("error", "how far w is from the minimum, |w − w*|; not the loss, E.", 3),
    Term("η", "the step size, or learning rate: how far a step goes for its slope.", 2,
         ("step size", "η₀", "ηₖ", "ηb")),
    Term("Σηₖ", "all step sizes added up: how far a run can come along a slope of 1.", 17, ("Σ ηₖ",)),
    Term("ηₒₚₜ", "the best step size, 1/E″: on a parabola one step leads to the minimum.", 2),
    Term("2ηₒₚₜ", "the limit: a larger step size diverges from that minimum.", 5,
         ("limit", "2/λₘₐₓ")),
    Term("factor", "what a step multiplies the error by: 1 − ηa on a parabola.", 4,
         ("1 − ηa", "1 − ηλ", "ηλ")),
    Term("tolerance", "steps are counted until this share of the starting error is left.", 0, ("τ",)),
    Term("diverges", "the error or E grows without end.", 5, ("diverged", "diverge")),
    Term("oscillates", "w changes side of the minimum at each step.", 4, ("jumps across",)),
    Term("freezes", "the schedule's steps get small too fast: all that remain cannot cover the distance "
         "left.", 17, ("frozen",)),
    Term("schedule", "how η changes from step to step.", 17, ("decay", "warm-up")),
    Term("H", "the Hessian: the curvatures of E along all pairs of weights.", 13, ("Hessian", "ηH", "H⁻¹")),
    Term("λ", "an eigenvalue of the Hessian: the curvature along one of its directions.", 8,
         ("eigenvalue", "eigenvalues", "λ₁", "λ₂")),
    Term("λₘᵢₙ", "the smallest curvature of E in any direction.", 9),
    Term("λₘₐₓ", "the largest curvature of E in any direction.", 8, ("sharpness",)),
    Term("κ", "the condition number λₘₐₓ/λₘᵢₙ: how much steeper E is one way than another.", 9,
         ("condition number",)),
    Term("direction", "an eigenvector of the Hessian: along it descent acts as on one weight.", 8,
         ("eigenmode", "directions")),
    Term("positive definite", "E bends up in every direction, as in a bowl.", 14),
    Term("saddle", "a point without slope where E bends up one way and down another.", 14),
    Term("degenerate", "a point without slope where a curvature is 0: it does not show what the point is.",
         14),
    Term("maximum", "a point that is higher than all around it.", 14),
    Term("kink", "a point where the slope of E changes at once.", 0),
    Term("valley", "a line or surface of equally low points.", 0),
    Term("Newton", "a method that steps to the minimum of the local parabola: w ← w − H⁻¹∇E.", 11,
         ("Newton's method", "Newton’s method")),
    Term("Newton's map", "where Newton's method sends each w.", 6),
    Term("two-cycle", "two points between which the steps jump for ever.", 5,
         ("cycles", "period", "cycle")),
    Term("whitened", "weights rescaled so that every direction has the same curvature.", 10,
         ("standardised", "normalised")),
    Term("momentum", "a method that adds a share β of the last step to each step.", 0, ("β", "Nesterov")),
    Term("tuned momentum", "momentum with the β that is best for κ: ((√κ − 1)/(√κ + 1))².", 0),
    Term("conjugate gradient", "a method that goes to the lowest point of each direction, and spoils no "
         "earlier one.", 0),
    Term("BFGS", "a method that learns the Hessian's inverse from the gradients on its way.", 0),
    Term("Adam", "a method that divides a mean of gradients by the root of their mean square.", 0),
    Term("AdamW", "Adam that also shrinks all weights by a share of η at each step.", 0),
    Term("RMSProp", "a method that divides each slope by the root of its mean square.", 0),
    Term("AdaGrad", "a method that divides each slope by the root of its summed squares.", 0),
    Term("RProp", "a method whose steps grow while a slope keeps its sign, and shrink where it flips.", 0),
    Term("α", "the share of the mean square of gradients that RMSProp keeps.", 0, ("memory",)),
    Term("β₁", "the share of the mean gradient that Adam keeps; β₂ that of its mean square.", 0, ("β₂",)),
    Term("μ", "a damping added to the Hessian's diagonal; in QuickProp the most that steps may grow by."),
    Term("ρ", "it adds ½ρ‖w‖² to E, which pulls the weights to 0.", 0, ("½ρ‖w‖²", "ridge")),
    Term("weight decay", "what shrinks the weights at each step, as a ridge does for plain descent.", 0),
    Term("minibatch", "a few rows of the table, whose gradient stands for that of all.", 17,
         ("minibatches", "batch", "batches")),
    Term("floor", "how far above its minimum E stays on average, since steps are noisy.", 17),
    Term("σ", "the standard deviation of the noise in each component of the gradient.", 17),
    Term("crisis", "the step size from which almost every start leaves that minimum.", 15),
    Term("trapped", "around a minimum that it can neither reach nor leave.", 15),
    Term("separates", "all + points are on one side of the line and all − points on the other.", 21,
         ("separate", "separable")),
    Term("perceptron", "a learner that moves its line only at a point that is wrong.", 21),
    Term("backprop", "gradient descent on the divergence.", 19),
    Term("divergence", "the distance between outputs and targets, summed over the points.", 18),
    Term("targets", "the outputs asked for: 1 and 0 if hard, 1 − ε and ε if soft.", 19, ("ε", "2ε")),
    Term("margin", "the distance from the line to the nearest point.", 21, ("max-margin", "γ")),
    Term("R/γ", "the longest point over the margin: its square bounds the perceptron's mistakes.", 21,
         ("(R/γ)²",)),
    Term("x₁", "the first input of a point; x₂ is the second.", 21, ("x₂", "xₖ")),
    Term("LMS", "least mean squares: descent on the squared error of a linear unit.", 23),
    Term("plateau", "where outputs are saturated, so that the slope is almost 0.", 19),
    Term("epoch", "one pass over all points.", 21, ("epochs",)),
    Term("domain", "the area around the points on which boundaries are compared.", 22),
    Term("edge of stability", "where sharpness hovers at 2/η: steps then overshoot a little, yet E falls.",
         5, ("2/η",)),
    Term("catapult", "E rises at first and throws the weights to a flatter place.", 15),
)  # fmt: skip
BY_FORM = {form: term for term in GLOSSARY for form in (term.name, *term.forms)}
