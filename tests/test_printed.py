"""What reads printed numbers back reads what `num` and `count` print."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from convcore.labkit.words import count, num
from tests.printed import read, says, within


@given(st.floats(-1e300, 1e300).filter(lambda x: x == 0 or abs(x) > 1e-290), st.integers(1, 9))
def test_a_printed_number_is_read_back_to_its_digits(x: float, digits: int) -> None:
    assert math.isclose(read(num(x, digits)), float(f"{x:.{digits}g}"), rel_tol=1e-15)
    assert says(num(x, digits), x, digits=digits)
    assert not x or not says(num(x, 6), x * (1 + 3e-5), digits=6)


def test_counts_and_numbers_in_a_sentence_are_read() -> None:
    assert [read(count(k)) for k in (3.0, 1234.0, 1.4e7)] == [3, 1234, 1.4e7]
    assert within("from −1.5·10⁻³ to ∞, twice", "from N to N,") == ["−1.5·10⁻³", "∞"]
    assert read("10⁻⁷") == 1e-7 and read("−10³") == -1e3 and within("a", "N") == []
