"""What can be taken along: the JSON that can be loaded again, and the report in one HTML file."""

from __future__ import annotations

import json
import random
import re
import zlib
from base64 import b64encode
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from convcore.datasets import MAX_BYTES, MAX_MB, Upload
from convcore.labkit.own_table import OWN
from convcore.labs import LABS, FromData, FromFormula, Lab, ManyWeights, OneWeight, TaylorAndNewton
from convcore.page.keep import as_python
from convcore.session import permalink
from convcore.session.pinned import Pin
from convcore.session.report import NEEDS, report
from convcore.session.saved import LARGEST, fits, read, write
from tests.draw import labs as drawn
from tests.draw import often
from tests.test_page import link, page, stands

EVIL = "</script><script>alert(1)</script><!--<script> & $5 `x` **b**"
TABLE = Upload("mine.csv", "a,b,y\n1,2,3\n2,1,4\n3,5,9\n4,4,1\n", "Windows-1252")
MINE = ManyWeights(FromData(OWN, TABLE, features=("b",), scaling="raw"), steps=12)
each_lab = pytest.mark.parametrize("kind", LABS, ids=lambda kind: kind.key)


@each_lab
@given(data=st.data())
@often(5, 100)
def test_what_is_saved_is_loaded_again(kind: type[Lab], data: st.DataObject) -> None:
    lab = data.draw(drawn(kind))
    held = read(write(lab).encode(), LABS)
    assert held.lab == lab and held.lines == () and held.pins == ()


def test_a_file_of_ones_own_and_the_pins_come_along() -> None:
    pins = (Pin("slow", OneWeight(eta=0.1)), Pin("mine", replace(MINE, steps=5)))
    held = read(write(MINE, pins).encode(), LABS)
    assert held.lab == MINE and held.lab.run().sentence == MINE.run().sentence
    assert held.pins[0] == pins[0] and held.pins[1].name == "mine"
    # Of a pin's own file the name is kept alone, which is said.
    made = "This file was made with the file 'mine.csv': please choose it again."
    assert held.lines == (f"Pin 'mine': {made}",)


def own(text: str) -> ManyWeights:
    return ManyWeights(FromData(OWN, Upload("large.csv", text), scaling="raw"), steps=12)


def rows(size: int, digits: Any) -> str:
    """A table of about `size` bytes, its cells made by `digits`."""
    lines = ["a,b,y"]
    while size > 0:
        lines.append(",".join(digits() for _ in range(3)))
        size -= len(lines[-1]) + 1
    return "\n".join(lines) + "\n"


def test_a_page_with_a_file_of_the_largest_size_is_not_larger_than_what_can_be_loaded() -> None:
    rng = random.Random(3)
    lab = own(rows(MAX_BYTES - 200, lambda: f"{rng.random():.14f}"))
    text = write(lab)
    assert len(text.encode()) <= LARGEST < MAX_MB * 2**20 and fits(lab)
    held = read(text.encode(), LABS)
    assert held.lab == lab and held.lines == ()


def test_a_file_that_does_not_fit_even_if_packed_is_left_out_and_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rng = random.Random(4)
    lab = own(rows(3000, lambda: f"{rng.random():.14f}"))
    monkeypatch.setattr("convcore.session.saved.LARGEST", 1500)
    text = write(lab)
    assert len(text.encode()) <= 1500 and not fits(lab)
    (line,) = read(text.encode(), LABS).lines
    assert "large.csv" in line and "choose it again" in line


def test_a_packed_file_that_is_none_or_unpacks_to_more_than_a_file_can_have_is_said() -> None:
    held = json.loads(write(MINE))
    bomb = b64encode(zlib.compress(b"1,2,3\n" * 10_000_000)).decode()
    for packed in ("!", "AAAA", bomb, 7):
        held["files"]["problem.file"] = {"name": "x.csv", "packed": packed, "encoding": ""}
        read_again = read(json.dumps(held).encode(), LABS)
        assert any("cannot be read; choose it again" in line for line in read_again.lines), packed


def test_settings_saved_before_are_read() -> None:
    assert read(b'{"lab": "one", "eta": "0.25"}', LABS).lab == OneWeight(eta=0.25)


@pytest.mark.parametrize(
    "raw",
    [b"", b"\xff\xfe", b"[1, 2]", b"{", b'{"lab": "two"}', b'{"eta": 1}', b"[" * 100_000, b'{"lab": []}'],
)  # fmt: skip
def test_what_was_not_saved_here_is_one_line(raw: bytes) -> None:
    with pytest.raises(ValueError, match=r"^(This|The file) .*saved here\.$"):
        read(raw, LABS)


anything = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda x: st.lists(x, max_size=3) | st.dictionaries(st.text(max_size=8), x, max_size=3),
    max_leaves=6,
)
fields = ["eta", "problem", "problem.file", "files", "pins", "steps"]
keys = st.sampled_from(fields) | st.text(max_size=8)


@given(st.sampled_from([kind.key for kind in LABS]), st.dictionaries(keys, anything, max_size=4))
@often(40, 400)
def test_whatever_the_file_holds_a_lab_comes_of_it_and_lines_say_what_does_not(
    key: str, held: dict[str, Any]
) -> None:
    found = read(json.dumps({**held, "lab": key}).encode(), LABS)
    assert found.lab.key == key and all("\n" not in line.strip() for line in found.lines)
    for name in held.keys() & set().union(*map(permalink.names, LABS)):
        assert name in write(found.lab) or any(repr(name[:40]) in line for line in found.lines)


def test_a_table_that_does_not_fit_its_columns_is_replaced_and_said() -> None:
    text = json.loads(write(MINE))
    text["files"]["problem.file"]["text"] = "c,y\n1,2\n2,5\n3,1\n"
    found = read(json.dumps(text).encode(), LABS)
    found.lab.run()
    text["files"]["problem.file"] = {"name": "x", "text": None}
    found = read(json.dumps(text).encode(), LABS)
    assert any("cannot be read" in line for line in found.lines)


# The page


def opened(monkeypatch: pytest.MonkeyPatch, **link: str) -> AppTest:
    monkeypatch.setattr("convcore.page.state.is_open", lambda drawer: True)
    return page(link)


def test_loading_restores_the_lab_its_file_and_the_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    at = opened(monkeypatch, lab="one", eta="0.3", claim="1")
    [uploader] = [x for x in at.get("file_uploader") if x.label == "Load a JSON saved here"]
    assert uploader.proto.max_upload_size_mb == MAX_MB, "what the server takes"
    held = write(MINE, [Pin("slow", OneWeight())]).encode()
    uploader.set_value(("many.json", held, "application/json")).run()
    stands(at)
    shown = link(at)
    assert shown["lab"] == "many" and shown["steps"] == "12" and "slow" in shown["pins"]
    assert "claim" not in shown
    assert any("mine.csv" in x.value.replace("\\", "") for x in at.caption), "the file is in use"
    assert not at.warning


# The report


class Parts(HTMLParser):
    """The tags of a page, and its text outside of scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.scripts: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1] == "script" and self.cdata_elem == "script":
            self.scripts.append(data)
        else:
            self.words += data


@each_lab
def test_a_report_holds_all_that_the_page_says(kind: type[Lab]) -> None:
    lab = kind()
    result = lab.run()
    found = Parts(report(lab, result, result.pictures, as_python(lab)))
    assert found.tags.count("figure") == found.tags.count("script") == len(result.pictures)
    assert result.headline.plain in found.words and NEEDS in found.words
    assert as_python(lab) in found.words
    assert found.tags.count("table") == len(result.facts) + 1
    specs = [re.search(r"spec = (\{.*\}), configs", text) for text in found.scripts]
    assert all(each and json.loads(each[1])["datasets"] for each in specs)


def test_foreign_text_in_a_report_is_text() -> None:
    upload = Upload(f"{EVIL[:40]}.csv", f'"{EVIL}",y\n1,2\n2,5\n3,1\n')
    for lab in (
        ManyWeights(FromData(OWN, upload)),
        TaylorAndNewton(FromFormula("w^2 + 1")),
    ):
        result = lab.run()
        text = report(lab, result, result.pictures, as_python(lab) + EVIL)
        found = Parts(text)
        assert found.tags.count("script") == len(result.pictures) == text.count("</script>")
        assert "<!--" not in text and EVIL in found.words
