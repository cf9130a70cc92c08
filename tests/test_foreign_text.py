"""What a link or a file calls things is quoted wherever it stands among words that are read as Markdown."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from convcore.datasets import Upload, read_csv
from convcore.labkit.own_table import OWN
from convcore.labkit.words import FEW, first_few, quoted
from convcore.labs import FromData, Lab, ManyWeights, PerceptronAndBackprop, RealNetwork
from convcore.labs.network.data_table import TableData
from convcore.labs.perceptron.own_points import FromCSV

HOSTILE = (
    "www.a.com", "https://b.c/d_e", "me@f.de", ":material/home:", ":streamlit:", "g -> h",
    "*i*", "[j](k)", ":red[l]", "$m$",
)  # fmt: skip


def names(chosen: list[str]) -> dict[str, str]:
    """Column names and class names of a table that nothing else is called."""
    return dict(zip(("x", "y", "text", "mass", "no", "yes"), chosen, strict=True))


def labs(n: dict[str, str]) -> dict[str, Lab]:
    """A lab of each kind that reads a file of these names."""
    classes = (n["no"], n["yes"])
    lines = [f"{n['x']},{n['y']},{n['mass']},{n['text']}"]
    lines += [f"{k},{k * k % 7},kg,{classes[k > 4]}" for k in range(9)]
    file = Upload(f"{n['x']}.csv", "\n".join(lines))
    points = FromCSV(file)
    return {
        "least squares": ManyWeights(FromData(OWN, file)),
        "points": PerceptronAndBackprop(points, epochs=20),
        "network": RealNetwork(TableData(OWN, file), hidden=(3,), steps=20),
        "values": RealNetwork(TableData(OWN, file, target=n["y"]), hidden=(), steps=20),
    }


@pytest.mark.parametrize("kind", ["least squares", "points", "network", "values"])
@given(st.permutations(HOSTILE).map(lambda all: names(all[:6])))
def test_what_a_file_calls_things_is_quoted_in_all_that_a_result_says(
    kind: str, n: dict[str, str]
) -> None:
    lab = labs(n)[kind]
    result = lab.run()
    rows = [cell for table in result.facts for row in (table.headings, *table.rows) for cell in row]
    abouts = [picture.about for picture in result.pictures]
    headline = [result.headline.markdown, result.headline.below, result.awaits]
    said = [*headline, *result.said, *result.notes, *rows, *abouts]
    shown = [re.sub(r"[\\`]", "", text) for text in said]
    assert any(name in text for name in n.values() for text in shown), "some are named at all"
    for text in said:
        bare = re.sub(r"`[^`]*`", "", text)  # without code
        assert not any(name in bare for name in n.values()), text


def test_a_word_of_which_markdown_would_make_more_is_code_and_all_else_is_escaped() -> None:
    assert quoted("a_b, c.d") == r"a\_b, c\.d"
    assert quoted("see 'www.a.com', (or) me@b.de!") == r"see '`www.a.com`', \(or\) `me@b.de!`"
    assert quoted("a -> b->c\n -- ") == r"a `->` b\-\>c `--`"
    assert quoted("https://a.b/[c|d`e") == r"`https://a.b/`\[`c`\|`d`\``e`"
    # Streamlit rewrites the beginning of an icon's name even in code.
    assert ":material/" not in quoted(":material/home: https://a.b/:material/x")


def test_a_list_of_any_length_is_told_by_five_and_how_many_more_there_are() -> None:
    assert first_few("abc", str.upper) == ["A", "B", "C"]
    assert first_few([], str) == []
    assert first_few(range(FEW), str) == ["0", "1", "2", "3", "4"]
    assert first_few(range(60_000), str) == ["0", "1", "2", "3", "4", "and 59,995 more"]


def test_a_file_of_two_hundred_columns_of_words_counts_them() -> None:
    words = [f"c{i}" for i in range(198)]
    text = "\n".join(
        [",".join(["x", "y", *words]), *(f"{k},{k * k}{',a' * 198}" for k in range(4))]
    )
    problem = FromData(OWN, Upload("wide.csv", text), target="y")
    assert "left out: 198 columns (text)" in problem.read()
    assert read_csv(text).numeric == ("x", "y")
    assert replace(problem, target="x").names() == ("x", ("y",))
