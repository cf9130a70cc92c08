"""The page without a browser: every control of every lab, every link, everything typed wrong."""

from __future__ import annotations

import html
import logging
import math
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from streamlit.components.v2 import manifest_scanner
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.forward_msg_queue import ForwardMsgQueue
from streamlit.testing.v1 import AppTest

from convcore.claims import CLAIMS
from convcore.datasets import MAX_MB
from convcore.datasets import Upload as File
from convcore.knobs import Knob, OneOf, Range, Several, UploadKnob, Variant, Vector, knobs, leaves
from convcore.labkit.glossary import terms_in
from convcore.labs import LABS, Lab
from convcore.session import permalink
from tests.draw import CSV, labs
from tests.number_controls import number, resting

ROOT = Path(__file__).parent.parent
APP = str(ROOT / "app.py")
# Else Streamlit looks through all packages that are installed each time: longer than the page takes.
PACKAGES = cache(manifest_scanner.scan_component_manifests)


class Control(NamedTuple):
    """A control of a lab, and the URL parameters under which it is on the page."""

    lab: type[Lab]
    path: str
    knob: Knob
    params: dict[str, str]

    def __str__(self) -> str:
        given = [f"{k}={v}" for k, v in self.params.items() if k != "lab"]
        return " ".join([f"{self.lab.key}.{self.path}", *given])


def controls(kind: type[Lab]) -> Iterator[Control]:
    """All controls of a lab, those of each variant included."""

    def inside(owner: type, prefix: str, params: dict[str, str]) -> Iterator[Control]:
        for name, knob in knobs(owner).items():
            yield Control(kind, prefix + name, knob, params)
            if isinstance(knob, Variant):
                for key, variant in knob.kinds:
                    path = prefix + name
                    yield from inside(variant, path + ".", {**params, path: key})

    return inside(kind, "", {"lab": kind.key})


CONTROLS = [control for kind in LABS for control in controls(kind)]
NUMBERS = [control for control in CONTROLS if isinstance(control.knob, Range)]
each_lab = pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)


@pytest.fixture(autouse=True)
def nothing_in_the_log(
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[None]:
    # It warns in every test that there is no server; Streamlit sets its loggers' levels anew.
    bare = logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context")
    monkeypatch.setattr(bare, "disabled", True)
    yield
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.WARNING] == []
    printed = capfd.readouterr()
    assert printed.out + printed.err == ""


def page(params: Mapping[str, str] | None = None) -> AppTest:
    """The page opened by a link."""
    at = AppTest.from_file(APP, default_timeout=30)
    for name, value in (params or {}).items():
        at.query_params[name] = value
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", PACKAGES)
        return at.run()


def link(at: AppTest) -> dict[str, str]:
    """The parameters in the address bar."""
    return {k: v if isinstance(v, str) else v[-1] for k, v in at.query_params.items()}


def lab_in_link(at: AppTest) -> Lab:
    lab, lines = permalink.read(link(at), LABS)
    assert not [line for line in lines if "file" not in line]
    return lab


def complaints(at: AppTest) -> list[str]:
    """The lines beside controls."""
    lines = [line.value for line in at.sidebar.markdown if line.value.startswith(":red[")]
    for line in lines:
        assert "\n" not in line and len(line) < 500
    return lines


@pytest.fixture(autouse=True)
def small_trainings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page is what is tested here, not the network: its runs read the Hessian less often."""
    monkeypatch.setattr("convcore.labs.network.settings.BUDGET", 2e8)
    monkeypatch.setattr("convcore.labs.network.readings.READINGS", 10)
    monkeypatch.setattr("convcore.labs.network.readings.SPECTRA", 4)


def stands(at: AppTest) -> None:
    """The page is whole: no error on it, charts there, and only finite numbers in them."""
    assert not at.exception, at.exception[0].value
    assert not at.error
    charts = at.get("vega_lite_chart")
    assert charts
    for chart in charts:
        assert chart.proto.datasets
        for data in chart.proto.datasets:
            table = pa.ipc.open_stream(data.data.data).read_all()
            for name, column in zip(table.column_names, table.columns, strict=True):
                values = column.to_numpy()
                if values.dtype.kind == "f":
                    assert np.isfinite(values).all(), f"{data.name}.{name} in {link(at)}"
    # The sentence comes first, and is one.
    assert at.main.markdown[0].value.strip()
    for text in [m.value for m in at.markdown] + [c.value for c in at.caption]:
        assert "nan" not in text.lower().split() and "inf" not in text.split(), text


def widget(at: AppTest, control: Control) -> Any:
    """The widget of a control, whichever it is."""
    path = f"{control.lab.key}.{control.path}"
    if isinstance(control.knob, Range):
        return number(at, path)
    (found,) = [w for w in at.sidebar if (getattr(w, "key", None) or "").startswith(f"{path}#")]
    return found


# Labs that may compute for seconds are set and drawn less often.
QUICK = [kind for kind in LABS if kind.key in ("one", "newton", "many")]


def tries(control: Control, shown: Any) -> list[Any]:
    """What to set a control to: both ends, a middle, each option; where it is slow, one of them."""
    found = settings_of(control, shown)
    return found if control.lab in QUICK else found[:1]


def settings_of(control: Control, shown: Any) -> list[Any]:
    """Both ends and a middle, or the options."""
    knob = control.knob
    if isinstance(knob, Range):
        low, high = shown.low, shown.high
        middle = low * (high / low) ** 0.5 if knob.log else (low + high) / 2
        if shown.whole:  # 9999 to three digits would be beyond its end
            return [round(x) for x in (low, high, middle)]
        return [knob.read(f"{x:.3g}") for x in (low, high, middle)]
    if shown.type == "selectbox":
        if isinstance(knob, Variant):
            return [key for key, _ in knob.kinds]
        assert isinstance(knob, OneOf)
        owner = dict(leaves_of(shown_lab(control)))[control.path]
        choices = knob.choices(owner)
        # Of a long list some: every entry of the gallery has tests of its own.
        return list(choices if len(choices) < 8 else choices[:: len(choices) // 4])
    if shown.type == "multiselect":
        assert isinstance(knob, Several)
        owner = dict(leaves_of(shown_lab(control)))[control.path]
        options = list(knob.choices(owner))
        return [[], options[:1], options, options[-1:]]
    if isinstance(knob, Vector):
        return ["", "1, 2", "1; −2.5", "1 2 3", "one, two", "nan", "1e999", "1e12 -1e12"]
    return ["", "2, 1\n1, 2", "1, 2\n3", "x", "1e999 0\n0 1", "# *b* <script>", "0 0\n0 0"]


def shown_lab(control: Control) -> Lab:
    lab, _ = permalink.read(control.params, LABS)
    return lab


def leaves_of(lab: Lab) -> list[tuple[str, Any]]:
    return [(path, owner) for path, _, _, owner in leaves(lab)]


def set_to(at: AppTest, control: Control, value: Any) -> None:
    shown = widget(at, control)
    (shown.set_value(value) if shown.type != "toggle" else shown).run()


@pytest.mark.parametrize("control", [c for c in CONTROLS if isinstance(c.knob, Vector)], ids=str)
def test_an_empty_row_of_numbers_says_what_it_stands_for(control: Control) -> None:
    shown = widget(page({**control.params, control.path: ""}), control)
    assert isinstance(control.knob, Vector)
    assert shown.value == "" and shown.placeholder == control.knob.empty != ""


@pytest.mark.parametrize(
    "control", [c for c in CONTROLS if not isinstance(c.knob, UploadKnob)], ids=str
)
def test_any_setting_of_a_control_is_shown_and_kept_in_the_link(control: Control) -> None:
    at = page(control.params)
    stands(at)
    for value in tries(control, widget(at, control)):
        before = link(at)
        set_to(at, control, value)
        stands(at)
        lab_in_link(at)
        if complaints(at):
            assert len(complaints(at)) == 1
            assert link(at) == before, "the page shows the last good value, and so does its link"
        elif not isinstance(value, str) or isinstance(control.knob, OneOf | Variant):
            assert link(at)[control.path] == written(control.knob, value)


@pytest.mark.parametrize(
    "control",
    [c for c in NUMBERS if not c.lab().live and c.path in ("eta", "look")],
    ids=str,
)
def test_a_number_sends_only_what_hangs_on_the_run_and_at_rest_its_link_shows_the_same(
    control: Control,
) -> None:
    at = page(control.params)
    at.session_state["width_known"] = True  # by a browser: its page stands
    at.run()
    before, shown, rest = link(at), widget(at, control), resting(at)
    shown.set_value(next(x for x in settings_of(control, shown) if x != shown.value)).run()
    assert not at.sidebar.children, "no control is sent again"
    assert link(at) == before, "while it moves, the address waits"
    pictures, told = drawn(at), at.main.markdown[0].value
    receipt = f' data-seen="{control}={shown.count}"'
    assert receipt in told, "which the control waits for"
    headline = told.replace(receipt, "")
    rest()
    anew = page(link(at))
    assert link(at) != before and pictures == drawn(anew)
    words = [m.value for m in anew.main.markdown]
    assert words[0] == headline
    assert set(words) == {m.value.replace(receipt, "") for m in at.main.markdown}


def drawn(at: AppTest) -> list[tuple[str, list[bytes]]]:
    """The charts of a page, with their data."""
    return [
        (chart.proto.spec, [data.data.data for data in chart.proto.datasets])
        for chart in at.get("vega_lite_chart")
    ]


def written(knob: Knob, value: Any) -> str:
    return value if isinstance(knob, Variant) else knob.write(value)


def test_a_text_that_cannot_be_read_is_said_so_whatever_was_refused_before() -> None:
    at = page({"lab": "newton"})
    for text, said in (("1,2,3", "3 numbers"), ("abc", "abc"), ("2,1", "2 numbers")):
        at.text_input(key="newton.start#text").set_value(text).run()
        assert [said in line for line in complaints(at)] == [True], complaints(at)


# To take a number is the same code for all: of labs that compute for seconds, the variants are left out.
@pytest.mark.parametrize(
    "control", [c for c in NUMBERS if c.lab in QUICK or "." not in c.path], ids=str
)
def test_any_number_that_can_be_typed_is_taken_or_refused_in_one_line(control: Control) -> None:
    at = page(control.params)
    assert isinstance(control.knob, Range)
    least, most = control.knob.bounds
    shown = widget(at, control)
    assert (shown.least, shown.most) == (least, most)
    typed = [least, most, (least + most) / 2]
    for value in typed if control.lab in QUICK else typed[:1]:
        value = round(value) if shown.whole else value
        set_to(at, control, value)
        stands(at)
        if complaints(at):
            assert len(complaints(at)) == 1
        else:
            assert link(at)[control.path] == control.knob.write(value)


def test_what_no_control_can_send_changes_nothing() -> None:
    at = page({"lab": "one", "eta": "0.3"})
    before = link(at)
    sent: Any
    for sent in (math.nan, math.inf, 1e13, "0.5", None, [0.5], {"value": 0.5}):
        for told in (sent, [sent, 7], [0.5, 7, 0]):
            number(at, "one.eta").send(told)
            stands(at)
            assert link(at) == before and number(at, "one.eta").value == 0.3


@each_lab
def test_a_number_far_outside_of_the_range_is_what_its_control_shows(kind: type[Lab]) -> None:
    for name, knob in knobs(kind).items():
        if isinstance(knob, Range):
            params = {"lab": kind.key, name: knob.write(knob.bounds[1])}
            at = page(params)
            stands(at)
            assert link(at)[name] == params[name] or at.warning
            assert knob.write(number(at, f"{kind.key}.{name}").value) == link(at)[name]


@each_lab
def test_what_happens_along_the_control_of_eta_is_what_the_runs_do(kind: type[Lab]) -> None:
    lab = kind()
    track = lab.track()
    if track is None:
        return
    at = page({"lab": kind.key})
    assert number(at, f"{kind.key}.eta").tracks == {
        f"{kind.key}.eta": {
            "turn": track.turn,
            "limit": track.limit,
            "names": [list(mark) for mark in track.names],
        }
    }
    for share, ends in ((0.9, True), (1.1, False)):
        run = replace(lab, eta=share * track.limit, steps=200).study().run  # type: ignore[attr-defined, call-arg, type-var]
        assert (run.loss[-1] < run.loss[0]) == ends


def test_a_choice_says_what_else_it_set_until_something_else_is_chosen() -> None:
    at = page({"lab": "rough", "second": "none", "eta": "0.123"})

    def said() -> list[str]:
        return [c.value for c in at.sidebar.caption]

    at.selectbox(key="rough.method#choose").set_value("momentum").run()
    assert said() == [] and link(at)["eta"] == "0.123"
    at.selectbox(key="rough.method#choose").set_value("newton").run()
    assert said() == ["This set step size η₀ to 1\\."] and link(at)["eta"] == "1"
    at.selectbox(key="rough.method#choose").set_value("damped").run()
    assert said() == []


@each_lab
def test_nothing_is_taken_away_before_the_page_is_drawn_anew(kind: type[Lab]) -> None:
    # The browser may draw between any two messages: charts that are gone by then are built anew.
    at, messages = page({"lab": kind.key}), list[ForwardMsg]()
    ForwardMsgQueue.on_before_enqueue_msg(messages.append)
    try:
        at.run()
    finally:
        ForwardMsgQueue.on_before_enqueue_msg(None)
    sent = [m.delta.new_element.WhichOneof("type") for m in messages]
    assert "vega_lite_chart" in sent
    assert "empty" not in sent


@each_lab
def test_reset_brings_the_defaults_back(kind: type[Lab]) -> None:
    usual = permalink.write(kind())
    at = page({"lab": kind.key})
    for control in controls(kind):
        if isinstance(control.knob, Range) and "." not in control.path:
            set_to(at, control, tries(control, widget(at, control))[0])
    assert link(at) != usual
    next(b for b in at.button if b.label == "Reset").click().run()
    stands(at)
    assert link(at) == usual
    assert not at.warning and not complaints(at)


@pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)
def test_the_headline_is_on_the_page_and_what_it_is_made_of_in_a_drawer(
    kind: type[Lab], monkeypatch: pytest.MonkeyPatch
) -> None:
    result = kind().run()
    shut = page({"lab": kind.key})
    said = shut.main.markdown[0]
    assert result.headline.markdown in said.value and result.headline.below in said.value
    assert said.value.startswith('<div role="status" aria-live="polite" data-run=')
    for term in terms_in(result.headline.plain):
        assert term.markdown in said.proto.help
    facts = "\n".join(f"- {fact}" for fact in result.said)
    assert not any(facts in element.value for element in shut.markdown)
    monkeypatch.setattr("convcore.page.state.is_open", lambda drawer: True)
    opened = page({"lab": kind.key})
    [why] = [element.value for element in opened.markdown if facts in element.value]
    assert all(note in why for note in result.notes)
    assert all(cell in why for table in result.facts for row in table.rows for cell in row)


def test_labs_keep_their_settings_while_another_is_open() -> None:
    if len(LABS) < 2:
        pytest.skip("there is one lab only")
    first, second = LABS[:2]
    at = page({"lab": first.key, "steps": "7"})
    for kind in (second, first):
        at.button_group(key="lab").set_value(kind.key).run()
        stands(at)
        assert link(at)["lab"] == kind.key
    assert link(at)["steps"] == "7"


def test_where_the_browser_goes_is_newer_than_what_its_controls_held_before() -> None:
    first, second, third = (permalink.write(LABS[i]()) for i in (0, 1, 2))
    at = page(first)
    for wanted in (second, first):  # as when one goes on before the page of a link stands
        at.query_params.clear()
        at.query_params.update(wanted)
        at.button_group(key="lab").set_value(third["lab"]).run()
        stands(at)
        assert link(at) == wanted


@given(labs())
@settings(max_examples=150)
def test_a_link_holds_the_whole_lab(lab: Lab) -> None:
    back, lines = permalink.read(permalink.write(lab), LABS)
    uploads = [v for _, knob, v, _ in leaves(lab) if isinstance(knob, UploadKnob) and v.name]
    assert len(lines) >= len(uploads)
    if not uploads:
        assert back == lab and not lines


@given(labs())
@settings(max_examples=100)
def test_a_lab_as_python_runs_and_is_the_same_lab(lab: Lab) -> None:
    names: dict[str, Any] = {}
    exec("from convcore.labs import *", names)
    uploads = [v for _, knob, v, _ in leaves(lab) if isinstance(knob, UploadKnob) and v.text]
    if not uploads:
        assert eval(repr(lab), names) == lab


@given(st.one_of([labs(kind) for kind in QUICK]))
@settings(max_examples=20)
def test_the_page_opens_any_link_that_it_could_have_written(lab: Lab) -> None:
    if any(isinstance(knob, UploadKnob) and v != File() for _, knob, v, _ in leaves(lab)):
        return
    at = page(permalink.write(lab))
    stands(at)
    assert lab_in_link(at) == lab
    assert not at.warning and not complaints(at)


@each_lab
def test_picked_points_only_set_fields(kind: type[Lab]) -> None:
    usual = kind()
    for picture in usual.run().pictures:
        for pick in picture.template.picks:
            moved = usual.picked(pick, {"eta": 0.25, "k": 2, "x": 0.5, "y": -1.5})
            assert moved != usual and type(moved) is kind
            assert moved.run().sentence


NONSENSE = {
    "a word for a number": {"eta": "banana"},
    "a number beyond floats": {"a": "1e999"},
    "not a number": {"a": "nan"},
    "infinity": {"eta": "-inf"},
    "a number beyond the limits": {"eta": "1e100"},
    "half a step": {"steps": "2.5"},
    "no steps": {"steps": "0"},
    "no text": {"eta": ""},
    "an unknown lab": {"lab": "nonsense"},
    "a control of another lab": {"hidden": "3"},
    "an unknown schedule": {"schedule": "xx"},
    "a schedule's setting out of range": {"schedule": "exponential", "schedule.beta": "-1"},
    "a setting of another schedule": {"schedule": "constant", "schedule.beta": "0.5"},
    "markup": {"eta": "<script>alert(1)</script> [x](javascript:alert) $x$ :red[x] `x` **x**"},
    "a long word": {"eta": "9" * 5000},
    "an odd script": {"eta": "٣٫٥ 🎈\u202e\x00\n\nx"},
}


def test_what_others_append_to_a_link_is_passed_over() -> None:
    for asked in ({"claim": "5"}, {"claim": "8", "eta": "1.2"}, {"eta": "0.3"}):
        at = page({**asked, "utm_source": "x", "fbclid": "⁂", "temperature": "3"})
        stands(at)
        assert not at.warning
        shown = link(at)
        assert shown == link(page(asked)) and asked.items() <= shown.items()
        if asked.keys() == {"claim"}:
            assert shown == {**asked, **permalink.write(CLAIMS[4].lab)}


@pytest.mark.parametrize("params", NONSENSE.values(), ids=NONSENSE.keys())
def test_nonsense_in_a_link_gets_one_line_and_the_page_stands(params: dict[str, str]) -> None:
    at = page(params)
    stands(at)
    (line,) = [w.value for w in at.warning]
    assert "\n" not in line and len(line) < 500
    assert not complaints(at)
    lab_in_link(at)


def test_each_piece_of_nonsense_gets_its_own_line() -> None:
    at = page({"a": "x", "b": "y", "steps": "-3", "w0": "0.5"})
    stands(at)
    (box,) = at.warning
    assert len(box.value.split("\n\n")) == 3
    assert link(at)["w0"] == "0.5"


@pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)
def test_what_a_link_could_not_mean_is_told_until_something_is_used(kind: type[Lab]) -> None:
    for used in ("reset", "another lab"):
        at = page({"lab": kind.key, "steps": "banana", "eta": "banana"})
        assert at.warning
        at.run()
        assert at.warning, "the page is drawn anew by itself, as when it tells its width"
        if used == "reset":
            next(button for button in at.sidebar.button if button.label == "Reset").click().run()
        else:
            at.segmented_control(key="lab").set_value(LABS[kind is LABS[0]].key).run()
        assert not at.warning
        stands(at)


NAMES = sorted({path for kind in LABS for path, _ in leaves_of(kind())})
texts = st.text(max_size=30) | st.floats().map(repr) | st.integers().map(str)


@given(st.dictionaries(st.sampled_from([*NAMES, "lab"]) | st.text(max_size=10), texts, max_size=5))
@settings(max_examples=40)
def test_the_page_stands_whatever_the_link(params: dict[str, str]) -> None:
    at = page({k: v for k, v in params.items() if k.lower() not in ("embed", "embed_options")})
    stands(at)
    assert len(at.warning) <= 1
    assert all(len(box.value.split("\n\n")) <= len(params) + 1 for box in at.warning)
    lab_in_link(at)


@each_lab
def test_share_and_save_offers_the_lab_as_python(kind: type[Lab]) -> None:
    from convcore.page.keep import as_csv, as_python

    names: dict[str, Any] = {}
    usual = kind()
    exec(as_python(usual).replace("print", "str"), names)
    assert names["result"].sentence == usual.run().sentence
    lines = as_csv(usual.run()).strip().splitlines()
    assert len(lines) > 2 and len({line.count(",") for line in lines}) == 1


UPLOADS = [c for c in CONTROLS if isinstance(c.knob, UploadKnob) and c.knob.table]
BAD_FILES = {
    "no text": b"",
    "a workbook": b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00",
    "a web page": b"<html><table><tr><td>1</td></tr></table></html>",
    "one row": b"x,y\n1,2\n",
    "a header only": b"x,y\n",
    "words only": b"x,y\na,b\nc,d\n",
    "ragged rows": b"x,y\n1,2\n3\n",
    "a constant column": b"x,y\n1,2\n1,3\n1,4\n",
    "text in it": b"x,y\n1,2\no,3\n3,4\n",
    "infinity in it": b"x,y\n1,2\ninf,3\n3,4\n",
    "too large": b"x,y\n" + b"1,2\n" * 1_300_000,
}


def own_file(control: Control) -> AppTest:
    """The page where a file of one's own is asked for."""
    beside = {
        c.path: c.knob.choices(None)[-1]
        for c in CONTROLS
        if type(c.knob) is OneOf
        and not callable(c.knob.options)
        and c.params == control.params
        and c.path.rpartition(".")[0] == control.path.rpartition(".")[0]
        and any("CSV" in option for option in c.knob.options)
    }
    return page({**control.params, **beside})


@pytest.mark.parametrize("control", UPLOADS, ids=str)
def test_a_file_of_ones_own_is_used(control: Control) -> None:
    at = own_file(control)
    stands(at)
    widget(at, control).set_value(("mine.csv", CSV.encode(), "text/csv")).run()
    stands(at)
    assert not complaints(at)
    assert link(at)[control.path] == "mine.csv"


@pytest.mark.parametrize("control", UPLOADS, ids=str)
def test_a_file_that_is_brought_is_shown_whichever_table_was_chosen(control: Control) -> None:
    at = page(control.params)
    widget(at, control).set_value(("mine.csv", CSV.encode(), "text/csv")).run()
    stands(at)
    assert "mine\\.csv" in notes(at)
    parent = control.path.rpartition(".")[0]
    assert link(at).get(f"{parent}.table", "your CSV") == "your CSV"


def own_table() -> tuple[AppTest, Control]:
    """Many weights on a file of one's own, and the control that took it."""
    (control,) = [c for c in UPLOADS if c.path == "problem.file"]
    at = own_file(control)
    sent(at, control, "good.csv", "x,z,y\n1,2,5\n2,1,3\n3,5,7\n4,2,6\n")
    assert not complaints(at)
    return at, control


def sent(at: AppTest, control: Control, name: str, text: str) -> None:
    """Put another file in: a browser empties the uploader before."""
    for file in (None, (name, text.encode(), "text/csv")):
        widget(at, control).set_value(file).run()
        stands(at)


def notes(at: AppTest) -> str:
    return "\n".join(m.value for m in at.main.markdown)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("x,y\n1,2\n3\n", "Line 3 has 1 cell and line 1 has 2; make them alike."),
        ("x,y\n1,2\n", "The table has one row; a fit needs two or more."),
        ("x,y\n1,2\n2,o\n3,4\n", "This cannot be the target"),
    ],
    ids=["no table", "one row", "no target"],
)
def test_after_a_bad_file_the_page_stands_on_the_one_before(text: str, line: str) -> None:
    at, control = own_table()
    for name in ("bad.csv", "worse.csv"):
        sent(at, control, name, text)
        (said,) = complaints(at)
        assert line in html.unescape(said).replace("\\", "")
        assert "4 rows; y from 2 features" in notes(at)
        assert "Choose your CSV" not in notes(at)
        assert any("In use: good\\.csv" in c.value for c in at.sidebar.caption)
        # On a phone the sidebar is shut: the main part says it too, and what is still shown.
        (told,) = at.main.warning
        assert line in told.value.replace("\\", "")
        assert told.value.endswith("**Below is still good\\.csv.**")
    sent(at, control, "next.csv", "x,y\n1,2\n2,5\n4,4\n")
    assert not complaints(at) and "3 rows; y from 1 feature" in notes(at)
    assert not at.main.warning and "next\\.csv: target y, 1 feature, 3 rows" in notes(at)
    assert not [c for c in at.sidebar.caption if "In use" in c.value]


@pytest.mark.parametrize(
    "waits",
    [
        {"lab": "many", "problem": "data", "problem.table": "your CSV"},
        {"lab": "perceptron", "data": "csv"},
        {"lab": "network", "data": "table", "data.table": "your CSV", "steps": "10"},
    ],
    ids=lambda waits: waits["lab"],
)
def test_that_a_file_is_awaited_is_said_above_all_else(waits: dict[str, str]) -> None:
    at = page(waits)
    stands(at)
    assert at.main.markdown[0].value.startswith("**Choose your CSV file.** Until one can be used, ")
    assert "Choose your CSV" not in notes(at).split("\n", 1)[1]


def test_a_column_can_be_chosen_where_the_usual_target_is_no_numbers() -> None:
    at, control = own_table()
    sent(at, control, "gaps.csv", "a,b,c\n1,2,3\n2,5,o\n3,4,5\n4,4,6\n")
    (target,) = [s for s in at.sidebar.selectbox if s.label == "target y"]
    assert target.options == ["the usual column", "a", "b"]
    at = target.set_value("b").run()
    stands(at)
    (said,) = complaints(at)
    assert "'c' holds text ('o' in line 3)" in html.unescape(said).replace("\\", "")
    (features,) = [s for s in at.sidebar.multiselect if s.label == "features X"]
    at = features.set_value(["a"]).run()
    stands(at)
    assert not complaints(at) and not at.main.warning
    assert "4 rows; b from 1 feature" in notes(at)


def test_a_chosen_column_that_a_new_file_spoils_is_not_exchanged_for_another() -> None:
    at, control = own_table()
    (target,) = [s for s in at.sidebar.selectbox if s.label == "target y"]
    target.set_value("z").run()
    sent(at, control, "spoilt.csv", "x,z,y\n1,2,5\n2,o,3\n3,5,7\n4,2,6\n")
    (said,) = complaints(at)
    assert "This cannot be the target: column 'z'" in html.unescape(said).replace("\\", "")
    assert link(at)["problem.target"] == "z"
    assert "4 rows; z from 2 features" in notes(at), "of the file before"
    (target,) = [s for s in at.sidebar.selectbox if s.label == "target y"]
    at = target.set_value("y").run()
    (features,) = [s for s in at.sidebar.multiselect if s.label == "features X"]
    features.set_value(["x"]).run()
    assert not complaints(at) and "4 rows; y from 1 feature" in notes(at)


def test_a_file_that_must_be_asked_about_is_kept_until_the_answer() -> None:
    at, control = own_table()
    sent(at, control, "houses.csv", "sub2104,3,400\n1600,3,330\n2400,3,369\n1416,2,232\n")
    assert "may be names or data" in html.unescape(complaints(at)[0])
    (asked,) = [s for s in at.sidebar.selectbox if s.label == "first line"]
    at = asked.set_value("names").run()
    stands(at)
    assert not complaints(at) and not at.main.warning
    assert "houses\\.csv: target 400, 2 features, 3 rows" in notes(at)


def test_a_matrix_comes_from_a_file() -> None:
    (control,) = [c for c in CONTROLS if c.path == "problem.matrix_file"]
    at = page(control.params)
    widget(at, control).set_value(("A.csv", b"2,1\n1,3\n", "text/csv")).run()
    stands(at)
    assert not complaints(at) and "A\\.csv: A is 2 × 2" in notes(at)


def test_the_uploader_and_the_reader_know_one_limit() -> None:
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())
    assert settings["server"]["maxUploadSize"] == MAX_MB
    for control in UPLOADS:
        at = own_file(control)
        uploader = widget(at, control)
        assert f"at most {MAX_MB} MB" in uploader.label
        assert uploader.proto.max_upload_size_mb == MAX_MB


@pytest.mark.parametrize("raw", BAD_FILES.values(), ids=BAD_FILES.keys())
@pytest.mark.parametrize("control", UPLOADS, ids=str)
def test_a_bad_file_gets_one_line(control: Control, raw: bytes) -> None:
    at = own_file(control)
    widget(at, control).set_value(("my *bad* <b>file</b>.csv", raw, "text/csv")).run()
    stands(at)
    (line,) = complaints(at)
    assert "<b>" not in html.unescape(line)
