"""The answer to each exercise, computed from its words alone, as a student does.

The numbers are read from the text, derivatives are differences of the formula in it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from convcore.exercises import Task

E = Callable[..., Any]
NUMBER = r"−?(?:10[⁻⁰¹²³⁴-⁹]+|\d[\d,]*(?:\.\d+)?(?:·10[⁻⁰¹²³⁴-⁹]+)?)(?!\d|\.\d)"
UP = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")


def number(text: str) -> float:
    """A number as the page writes it: −0.5, 6,901, 2·10⁻³, 10⁻⁶."""
    if power := re.fullmatch(r"(?:(.+)·)?10([⁻⁰¹²³⁴-⁹]+)", text):
        return float(f"{number(power[1] or '1')}e{power[2].translate(UP)}")
    return float(text.replace("−", "-").replace(",", ""))


def text_of(task: Task) -> str:
    return "\n".join((*task.given, task.asks))


def after(task: Task, words: str) -> float:
    """The number that follows these words (a pattern)."""
    found = re.search(rf"(?<!\w){words}({NUMBER})", text_of(task))
    assert found, f"no {words!r} in {text_of(task)!r}"
    return number(found[1])


def named(task: Task, name: str) -> float:
    return after(task, f"{re.escape(name)} = ")


def steps(task: Task) -> int:
    return int(after(task, "after "))


def pair(task: Task) -> tuple[float, float]:
    """The start of two weights."""
    found = re.search(rf"\(({NUMBER}), ({NUMBER})\)", text_of(task))
    assert found
    return number(found[1]), number(found[2])


def function(task: Task) -> E:
    """E of the text, of w or of x and y."""
    found = re.search(r"E\((w|x, y)\) = ([^\n,]+)", text_of(task))
    assert found
    text = found[2].replace("½", "0.5").replace("·", "*").replace("−", "-").replace("^", "**")
    text = text.replace("|w|", "abs(w)").replace("xy", "x*y")
    text = re.sub(r"[²³⁴]", lambda power: f"**{power[0].translate(UP)}", text)
    text = re.sub(r"(\d)([wxy(])", r"\1*\2", text)
    return eval(f"lambda {found[1]}: {text}", {"cosh": np.cosh, "abs": np.abs})


def slope(E: E, w: Any, h: float = 1e-4) -> Any:
    h = h * np.maximum(np.abs(w), 0.01)
    return (E(w + h) - E(w - h)) / (2 * h)


def bend(E: E, w: Any, h: float = 1e-3) -> Any:
    h = h * np.maximum(np.abs(w), 0.01)
    return (E(w + h) - 2 * E(w) + E(w - h)) / h**2


def hessian(E: E, x: float, y: float, h: float = 1e-3) -> Any:
    xx, yy = bend(lambda t: E(t, y), x, 0.1), bend(lambda t: E(x, t), y, 0.1)
    ends = [E(x + i * h, y + j * h) * i * j for i in (1, -1) for j in (1, -1)]
    xy = sum(ends) / (4 * h * h)
    return np.array([[xx, xy], [xy, yy]])


def gradient(E: E, x: float, y: float) -> Any:
    return np.array([slope(lambda t: E(t, y), x), slope(lambda t: E(x, t), y)])


def path(task: Task, count: int, newton: bool = False) -> list[float]:
    """w₀ … of descent, or of Newton's method."""
    f, w = function(task), named(task, "w₀")
    eta = 0.0 if newton else named(task, "η")
    found = [w]
    for _ in range(count):
        w = w - (slope(f, w) / bend(f, w) if newton else eta * slope(f, w, 0.1))
        found.append(float(w))
    return found


def minimum(task: Task) -> float:
    f = function(task)
    return -float(slope(f, 0.0, 1.0) / bend(f, 0.0, 1.0))


def taylor(task: Task) -> float:
    d = named(task, "w₁") - after(task, "At w₀ = ")
    return named(task, "E") + named(task, "E′") * d + 0.5 * named(task, "E″") * d * d


def share_left(task: Task) -> float:
    w = path(task, steps(task))
    return 100 * abs((w[-1] - minimum(task)) / (w[0] - minimum(task)))


def first_within(task: Task) -> float:
    share, w, eta, f = after(task, "at most "), named(task, "w₀"), named(task, "η"), function(task)
    centre = minimum(task)
    far, count = abs(w - centre), 0
    while abs(w - centre) > share * far:
        w, count = w - eta * slope(f, w, 0.1), count + 1
    return count


def blow_up(task: Task) -> float:
    times, f = after(task, "more than "), function(task)
    return next(k for k, w in enumerate(path(task, 80)) if f(w) > times * f(named(task, "w₀")))


def to_the_maximum(task: Task) -> float:
    """The first start that does not end at 0, on a fine grid."""
    f = function(task)
    found = np.linspace(0.01, 1.5, 3000)
    w = found.copy()
    with np.errstate(all="ignore"):
        for _ in range(60):
            w = w - slope(f, w) / bend(f, w)
    return float(found[~(np.abs(w) < 1e-3)][0])


def second_weight(task: Task) -> float:
    f, at, eta = function(task), np.array(pair(task)), named(task, "η")
    for _ in range(steps(task)):
        at = at - eta * gradient(f, *at)
    return float(at[1])


def matrix(task: Task) -> Any:
    found = re.search(r"\[\[.*?\]\]", text_of(task).replace("−", "-"))
    assert found
    return np.array(ast.literal_eval(found[0]))


def condition(task: Task) -> float:
    found = re.search(r"x = (.+?)\.\n", text_of(task))
    assert found
    x = np.array([number(cell) for cell in found[1].split(", ")])
    large, small = np.linalg.svd(np.stack([x, np.ones_like(x)], axis=1))[1]
    return float(large / small) ** 2


def best_fixed(task: Task) -> float:
    found = re.search(rf"diag\(({NUMBER}), ({NUMBER})\)", text_of(task))
    assert found
    a = np.array([number(found[1]), number(found[2])])
    w, count, share = np.ones(2), 0, after(task, "at most ")
    while np.linalg.norm(w) > share * np.sqrt(2):
        w, count = w - 2 / a.sum() * a * w, count + 1
    return count


def damped(task: Task) -> float:
    A = np.diag([1.0, after(task, "are 1 and ")])
    start = np.array([1.0, -2.0])
    w = start
    for _ in range(steps(task)):
        w = w - named(task, "η") * np.linalg.inv(A) @ (A @ w)
    return 100 * float(np.linalg.norm(w) / np.linalg.norm(start))


def momentum_limit(task: Task) -> float:
    """Halved until the largest root of momentum's recurrence along y crosses 1."""
    lam, beta = float(hessian(function(task), 0.0, 0.0)[1, 1]), named(task, "β")
    low, high = 0.0, 10.0
    for _ in range(50):
        eta = (low + high) / 2
        size = np.abs(np.roots([1, eta * lam - 1 - beta, beta])).max()
        low, high = (eta, high) if size < 1 else (low, eta)
    return low


def best_momentum(task: Task) -> float:
    """The β whose slower root is the smallest, each at the η that treats both ends alike."""
    low, high = np.diag(hessian(function(task), 0.0, 0.0))
    beta = np.linspace(0, 0.99, 9901)
    eta = 2 * (1 + beta) / (low + high)
    sizes = []
    for lam in (low, high):
        step = np.zeros((len(beta), 2, 2))
        step[:, 0, 0], step[:, 0, 1], step[:, 1, 0] = 1 + beta - eta * lam, -beta, 1
        sizes.append(np.abs(np.linalg.eigvals(step)).max(axis=-1))
    return float(beta[np.max(sizes, axis=0).argmin()])


def newton_saddle(task: Task) -> float:
    f, at = function(task), np.array(pair(task))
    for _ in range(30):
        at = at - np.linalg.solve(hessian(f, *at), gradient(f, *at))
    np.testing.assert_allclose(at, 0, atol=1e-3)
    return float(np.linalg.eigvalsh(hessian(f, 0.0, 0.0))[0])


def leaves_saddle(task: Task) -> float:
    found = re.search(rf"start \(({NUMBER}), ({NUMBER})\)", text_of(task))
    assert found
    f, y, count = function(task), number(found[2]), 0
    bending = float(hessian(f, 0.0, 0.0)[1, 1])
    while abs(y) <= 1:
        y, count = y - named(task, "η") * bending * y, count + 1
    return count


def catapult(task: Task) -> float:
    f, at = function(task), np.array(pair(task))
    following = at - named(task, "η") * gradient(f, *at)
    return float(f(*following) / f(*at))


def decayed(task: Task) -> float:
    """The share that a schedule leaves; "for ever" is a million steps."""
    text, f = text_of(task), function(task)
    count = steps(task) if "after" in task.asks else 1_000_000
    k, first = np.arange(float(count)), named(task, "η₀")
    if "/(k + 1)²" in text:
        eta = first / (k + 1) ** 2
    elif "/(k + 1)" in text:
        eta = first / (k + 1)
    else:
        eta = first * after(task, "η₀·") ** k
    return 100 * abs(float(np.prod(1 - eta * bend(f, 1.0))))


def reach(task: Task) -> float:
    every, by = int(after(task, "for ")), after(task, "and so on: every \\d+ steps it drops to ")
    eta, w = after(task, "η is "), 0.0
    for _ in range(400):
        for _ in range(every):
            w -= eta * slope(function(task), 0.0)
        eta *= by
        if eta < 1e-9:
            break
    return abs(float(w))


def points(task: Task) -> list[tuple[float, float, int]]:
    found = re.findall(rf"\(({NUMBER}), ({NUMBER})\) ([+−])", text_of(task))
    return [(number(x), number(y), 1 if sign == "+" else -1) for x, y, sign in found]


def mistakes(task: Task) -> float:
    w, made, before = np.zeros(3), 0, -1
    while made != before:
        before = made
        for x, y, label in points(task):
            if label * (w[0] * x + w[1] * y + w[2]) <= 0:
                w, made = w + label * np.array([x, y, 1.0]), made + 1
    return made


def divergence(task: Task) -> float:
    high, low = after(task, "Targets d are "), after(task, r"for \+ and ")
    return sum((0.5 - (high if label > 0 else low)) ** 2 for _, _, label in points(task))


ANSWERS: dict[str, Callable[[Task], float]] = {
    "Taylor's ½": taylor,
    "Three steps": lambda task: path(task, 3)[-1],
    "One step to the minimum": lambda task: 1 / bend(function(task), 0.0, 1.0),
    "What is left": share_left,
    "How many steps": first_within,
    "To and fro": lambda task: 2 / bend(function(task), 0.0, 1.0),
    "How fast it blows up": blow_up,
    "Newton on cosh": lambda task: path(task, steps(task), newton=True)[-1],
    "Newton in a circle": lambda task: path(task, steps(task), newton=True)[-1],
    "Newton on powers": lambda task: path(task, steps(task), newton=True)[-1],
    "Newton to the maximum": to_the_maximum,
    "Each weight its own": second_weight,
    "One η for all": lambda task: 2 / np.linalg.eigvalsh(matrix(task))[-1],
    "The condition of a table": condition,
    "Steps at the best η": best_fixed,
    "Damped Newton": damped,
    "The size of a Hessian": lambda task: 8 * named(task, "n") ** 2 / 1e9,
    "Newton at a saddle": newton_saddle,
    "Leaving a saddle": leaves_saddle,
    "Two minima": lambda task: 2 / bend(function(task), after(task, "at w = ")),
    "The catapult": catapult,
    "Linear decay": decayed,
    "Quadratic decay": decayed,
    "Exponential decay": decayed,
    "How far it can go": reach,
    "The perceptron's mistakes": mistakes,
    "Novikoff's bound": lambda task: (named(task, "R") / named(task, "γ")) ** 2,
    "The divergence at the start": divergence,
    "The limit of momentum": momentum_limit,
    "The best momentum": best_momentum,
}
