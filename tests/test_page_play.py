"""What Play gets of a run: its steps and which one is shown."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from convcore.labs import LABS, Lab, PerceptronAndBackprop
from convcore.page import play
from tests.draw import labs, often


def steps_in(run: dict[str, str]) -> list[int]:
    """As the script of the bar reads them."""
    stretches = [list(map(int, part.split("-"))) for part in run["steps"].split(" ")]
    return [k for ends in stretches for k in range(ends[0], ends[-1] + 1)]


@pytest.mark.parametrize("kind", [kind for kind in LABS if kind().live], ids=lambda k: k.key)
def test_the_steps_that_play_shows_are_those_that_the_picture_has(kind: type[Lab]) -> None:
    @often(6, 100)
    @given(labs(kind))
    def check(lab: Lab) -> None:
        picture = lab.run().pictures[0]
        run = play.attributes(lab, picture, 880)
        steps, all_steps = steps_in(run), list(picture.steps) or [0]
        assert steps == all_steps or 100 < len(steps) <= 301 < len(all_steps) + 1
        assert set(steps) <= set(all_steps) and {steps[0], steps[-1]} == {
            all_steps[0],
            all_steps[-1],
        }
        assert run["look"] == str(picture.tables["t"]["look"][0])
        named = next(
            picture.tables[n]["k"] for n in ("snaps", "plan", "steps") if n in picture.tables
        )
        assert set(picture.steps) <= set(map(int, named)) or kind.key == "rough"
        assert len("".join(run.values())) < 1800, "few bytes with each change"

    check()


@pytest.mark.parametrize(
    ("sent", "taken"),
    [
        ([1, 2.5, 3], {"x": 1.0, "y": 2.5}),
        ([1, "2", 3], None),
        ([1, float("nan"), 3], None),
        ([1e308, 1e308, 3], None),
        ([1, 2], None),
        ("start", None),
        (None, None),
    ],
)
def test_a_start_that_keys_cannot_have_sent_is_not_taken(
    sent: Any, taken: dict[str, float] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(play.st, "session_state", {"play": {"start": sent}})
    assert play.moved_start() == taken


def test_a_run_by_epochs_is_played_by_epochs() -> None:
    lab = PerceptronAndBackprop()
    run = play.attributes(lab, lab.run().pictures[0], 880)
    assert run["unit"] == "epoch" and steps_in(run)[0] == 0
