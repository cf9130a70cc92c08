"""What Play gets of a run: its steps and which one is shown."""

from __future__ import annotations

import pytest
from hypothesis import given

from convcore.labs import LABS, Lab, PerceptronAndBackprop
from convcore.page import play
from tests.draw import labs, often


def steps_in(run: dict[str, str]) -> list[int]:
    """As the script of the bar reads them."""
    stretches = [list(map(int, part.split("-"))) for part in run["steps"].split(" ")]
    return [k for ends in stretches for k in range(ends[0], ends[-1] + 1)]


@pytest.mark.parametrize(
    "kind", [kind for kind in LABS if kind.heavy is False], ids=lambda k: k.key
)
def test_the_steps_that_play_shows_are_those_that_the_picture_has(kind: type[Lab]) -> None:
    @often(6, 100)
    @given(labs(kind))
    def check(lab: Lab) -> None:
        picture = lab.run().pictures[0]
        run = play.attributes(lab, picture)
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


def test_a_run_by_epochs_is_played_by_epochs() -> None:
    lab = PerceptronAndBackprop()
    run = play.attributes(lab, lab.run().pictures[0])
    assert run["unit"] == "epoch" and steps_in(run)[0] == 0
