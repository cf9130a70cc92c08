"""What is kept of earlier results is bounded: by number, by the text of files, and by what is alive."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable

import numpy as np
import pytest

from convcore import cache
from convcore.cache import Cache, kept, kept_while_alive
from convcore.datasets import Upload
from convcore.labkit.own_table import OWN
from convcore.labs import FromData, Lab, ManyWeights, PerceptronAndBackprop, RealNetwork
from convcore.labs.many_weights.plane import QuadraticPlane
from convcore.labs.network.data_table import TableData
from convcore.labs.perceptron.own_file import FromCSV
from convcore.labs.perceptron.second_pictures import NoMore
from convcore.objectives.quadratics import Quadratic

ROWS = "".join(f"{i},{i * i % 7},{'uv'[i % 2]}\n" for i in range(12))


def held(texts: Cache) -> int:
    """How many characters of distinct texts a cache's keys have."""
    return sum(map(len, {text for each in texts._long.values() for text in each}))


def test_texts_are_kept_up_to_a_bound_and_the_latest_even_if_it_is_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "ROOM", 100)
    found = Cache(9, texts=lambda key: (key[0],))
    for i in range(30):
        found.put((str(i) * 10, i), i)
        assert held(found) <= 100 and found.get((str(i) * 10, i)) == i
    assert len(found.items({})) == 5  # of 20 characters each
    found.put(("x" * 500, 0), 0)
    assert list(found.items({})) == [("x" * 500, 0)]
    for i in range(9):  # one text counts once
        found.put(("y" * 90, i), i)
    assert len(found.items({})) == 9


def test_what_a_function_makes_is_kept_once_and_bounded_by_the_texts_of_its_arguments(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cache, "ROOM", 100)
    made: list[str] = []

    @kept(4, lambda text, more: (text,))
    def length(text: str, more: int) -> int:
        made.append(text)
        return len(text) + more

    for text in ("a" * 60, "a" * 60, "b" * 60, "a" * 60):
        assert length(text, 1) == 61
    assert [text[0] for text in made] == ["a", "b", "a"]
    for i in range(4):
        length("c", i)
    length("c", 0)
    assert len(made) == 7


def test_what_is_kept_with_an_object_ends_with_it() -> None:
    made: list[int] = []

    @kept_while_alive(2)
    def angle(plane: QuadraticPlane, share: int) -> int:
        made.append(share)
        return share

    plane = QuadraticPlane(Quadratic([[1.0, 0.0], [0.0, 2.0]]), np.ones(2))
    for share in (1, 2, 1, 2, 3, 1):
        assert angle(plane, share) == share
    assert made == [1, 2, 3, 1]
    alive = weakref.ref(plane)
    del plane
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize(
    "lab",
    [
        lambda file: ManyWeights(FromData(OWN, file), steps=5),
        lambda file: PerceptronAndBackprop(FromCSV(file), epochs=5, second=NoMore()),
        lambda file: RealNetwork(TableData(OWN, file), steps=20, hidden=(2.0,)),
    ],
    ids=["many", "perceptron", "network"],
)
def test_no_more_texts_of_visitors_files_are_alive_than_the_bound(
    lab: Callable[[Upload], Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Text(str):
        """A text of which one can know whether anything holds it."""

    monkeypatch.setattr(cache, "ROOM", 3 * len(ROWS))
    alive = []
    for i in range(12):
        text = Text(f"a{i},b,label\n{ROWS}")
        alive.append(weakref.ref(text))
        made = lab(Upload("mine.csv", text))
        made.show(made.study())
    del text, made
    gc.collect()
    assert sum(ref() is not None for ref in alive) <= 3
