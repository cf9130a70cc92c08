"""Pinned runs: in the pictures, in the table, in the link, and back into the controls."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from urllib.parse import parse_qsl, urlencode

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from convcore.charts.pins import Pinned, with_pins
from convcore.charts.style import PINS
from convcore.labkit.words import num
from convcore.labs import LABS, ManyWeights, OneWeight
from convcore.labs.many_weights.quadratics import Typed
from convcore.page.pins import as_csv
from convcore.session import pinned
from convcore.session.pinned import MAX_NAME, MAX_PINS, Pin, free_name, name_for, settings
from tests.draw import labs
from tests.number_controls import number
from tests.test_page import link, nothing_in_the_log, page, small_trainings, stands

__all__ = ["nothing_in_the_log", "small_trainings"]

NAMES = st.text(min_size=1, max_size=40).map(lambda s: " ".join(s.split())).filter(bool)


@given(st.dictionaries(NAMES, labs(beyond=False), max_size=MAX_PINS))
def test_what_a_link_holds_of_pins_comes_back(runs):
    pins = [Pin(name, lab) for name, lab in runs.items()]
    text = dict(parse_qsl(urlencode({"pins": pinned.write(pins)}))).get("pins", "")
    again, lines = pinned.read(text, LABS)
    assert again == pins or any("file" in line for line in lines)


@given(st.text(max_size=200) | st.lists(st.text(max_size=8)).map("~".join))
def test_any_text_gives_pins_or_lines(text):
    pins, lines = pinned.read(text, LABS)
    assert len({pin.name for pin in pins}) == len(pins) <= MAX_PINS
    assert not text or pins or lines


def test_too_many_pins_and_pins_of_no_lab_are_left_out_in_one_line_each():
    pins, lines = pinned.read("!".join([*(f"p{i}~one" for i in range(10)), "x~banana"]), LABS)
    assert [pin.name for pin in pins] == [f"p{i}" for i in range(MAX_PINS)]
    assert len(lines) == 3 and "banana" in lines[-1]


def test_names_are_given_that_no_pin_has():
    assert free_name([]) == "pin 1"
    assert free_name([Pin("pin 1", OneWeight()), Pin("pin 3", OneWeight())]) == "pin 2"


@given(
    st.lists(labs(beyond=False) | st.sampled_from([OneWeight(), ManyWeights()]), max_size=MAX_PINS)
)
def test_a_new_pin_is_named_by_its_eta_and_by_what_tells_it_from_another_of_that_eta(runs):
    pins = []
    for lab in runs:
        pins.append(Pin(name_for(lab, pins), lab))
        eta = getattr(lab, "eta", None)
        name = pins[-1].name
        assert name.startswith(lab.title if eta is None else f"η = {num(eta)}")
        assert len(name) <= MAX_NAME
    assert len({pin.name for pin in pins}) == len(pins)


def test_pins_of_one_eta_are_told_apart_by_a_setting_then_by_a_number():
    pins = []
    for lab in (
        OneWeight(),
        OneWeight(steps=40),
        OneWeight(steps=40),
        OneWeight(a=3),
        ManyWeights(),
    ):
        pins.append(Pin(name_for(replace(lab, eta=0.9), pins), replace(lab, eta=0.9)))
    assert [pin.name for pin in pins] == [
        "η = 0.9", "η = 0.9, steps 40", "η = 0.9, steps 40 (2)", "η = 0.9, curvature a 3",
        "η = 0.9 (2)",
    ]  # fmt: skip


def test_the_lines_of_pins_are_told_apart_without_colour():
    assert len(PINS) == MAX_PINS == len({tuple(dash) for _, dash in PINS})
    assert len({colour for colour, _ in PINS}) == MAX_PINS


def test_settings_are_what_differs_in_the_words_of_the_controls():
    assert settings(OneWeight()) == "as the lab opens"
    said = settings(ManyWeights(eta=0.5, methods=("gd", "nesterov")))
    assert said == "step size η 0.5; methods gradient descent, Nesterov"


@pytest.mark.parametrize("lab", [OneWeight(), ManyWeights()], ids=lambda lab: lab.key)
def test_a_pinned_run_lies_in_the_picture_where_it_lay_when_it_was_the_run(lab):
    other = replace(lab, eta=0.05, steps=50)
    here, there = lab.run().pictures[0], other.run().pictures[0]
    both = {"b": Pinned(there, True, 3), "a": Pinned(here, False, 0)}
    table = with_pins(here, both).tables["pins"]
    mine = np.array(table["pin"]) == "b"
    for name, column in there.trace.items():
        np.testing.assert_array_equal(np.asarray(table[name])[mine], column)
    assert set(np.asarray(table["same"])[mine]) == {1}
    assert set(np.asarray(table["same"])[~mine]) == {0}
    assert (np.asarray(table["look"]) == np.where(mine, 3, 0)).all()
    assert with_pins(here, {}) is here and "pins" not in here.tables


def test_only_paths_with_the_same_plane_key_share_a_plane():
    assert OneWeight(eta=1).plane_key == OneWeight(w0=3).plane_key != OneWeight(a=3).plane_key
    assert ManyWeights(eta=1).plane_key == ManyWeights(methods=()).plane_key


def names(at: AppTest) -> list[str]:
    return [box.value for box in at.text_input if (box.key or "").startswith("pin.")]


def pin(at: AppTest) -> AppTest:
    return next(b for b in at.button if b.label == "Pin this run").click().run()


def test_one_pins_renames_restores_and_removes_a_run():
    at = pin(page({"lab": "one", "eta": "0.3"}))
    number(at, "one.eta").set_value(1.26).run()
    pin(at)
    assert names(at) == ["η = 0.3", "η = 1.26"]
    at.text_input(key="pin.0.name").set_value("  slow   one ").run()
    assert names(at) == ["slow one", "η = 1.26"]
    assert link(at)["pins"] == "slow one~one~eta~0.3!%CE%B7 %3D 1.26~one~eta~1.26"
    stands(at)
    at.text_input(key="pin.1.name").set_value("slow one").run()  # taken
    assert names(at) == ["slow one", "η = 1.26"]
    at.button(key="pin.0.restore").click().run()
    assert link(at)["eta"] == "0.3" and names(at) == ["slow one", "η = 1.26"]
    at.button(key="pin.0.remove").click().run()
    assert names(at) == ["η = 1.26"]
    at.button(key="pin.0.remove").click().run()
    assert names(at) == [] and "pins" not in link(at)
    stands(at)


def test_the_table_tells_settings_prediction_and_measurement_and_the_present_run():
    at = page({"lab": "one", "eta": "0.4", "pins": "slow~one~eta~0.1"})
    said = "\n".join(m.value for m in at.main.markdown)
    assert "step size η 0\\.1" in said
    assert "31 steps to 0\\.1 %" in said and "not in 20 steps" in said
    for factor in (0.8, 0.2):  # of the error 3 of each step, on E = (w − 1)² + ½
        assert f"E = {num(0.5 + 9 * factor**40)} at step 20" in said.replace("\\", "")
    assert "**now** · One weight · step size η 0\\.4" in said


def test_pins_of_a_link_stay_while_labs_change_and_eight_are_the_most():
    text = "!".join(f"p{i}~many~eta~0.0{i + 1}" for i in range(MAX_PINS))
    at = page({"lab": "many", "pins": text})
    assert next(b for b in at.button if b.label == "Pin this run").disabled
    again = page(link(at))
    assert names(again) == names(at) == [f"p{i}" for i in range(MAX_PINS)]
    assert link(again)["pins"] == text


def test_a_link_that_would_be_too_long_leaves_the_pins_out_and_says_so():
    matrix = "\n".join(", ".join(["0.123456789"] * i + ["7"] + ["0"] * (19 - i)) for i in range(20))
    at = page({"lab": "one", "pins": pinned.write([Pin("big", ManyWeights(Typed(matrix)))])})
    assert names(at) == ["big"] and "pins" not in link(at)
    assert ["does not hold the pins" in line.value for line in at.warning] == [True]
    at.button(key="pin.0.restore").click().run()
    stands(at)
    assert link(at)["problem.matrix"] == matrix


@given(st.text(alphabet=" \t\r=+-@＝＋－＠﹢﹣﹦﹫1aé", max_size=4), st.text(max_size=5))
def test_a_name_is_no_formula_in_a_spreadsheet_and_nothing_else_changes(begins, ends):
    name = begins + ends
    rows = list(csv.reader(io.StringIO(as_csv([(name, "One weight", "", "", "")]), newline="")))
    acts = name.strip()[:1] and name.strip()[0] in "=+-@＝＋－＠﹢﹣﹦﹫"
    assert rows[1] == [f"'{name}" if acts else name, "One weight", "", "", ""]


def test_a_name_with_a_full_width_sign_is_text_and_an_empty_cell_stays_empty():
    rows = list(csv.reader(io.StringIO(as_csv([("=1+1", "＝1+1", "", "－2", "a=1")]))))
    assert rows[1] == ["'=1+1", "'＝1+1", "", "'－2", "a=1"]
