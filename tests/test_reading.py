"""A visitor's file is read once, and a long one beside the server, where nobody else waits for it."""

from __future__ import annotations

from typing import Any

import pytest

from convcore.cache import Cache
from convcore.datasets import ReadJob, Table, Upload, read_csv
from convcore.knobs import FieldError
from convcore.labkit.own_table import OWN
from convcore.labs import LABS, FromData, ManyWeights, Typed
from convcore.labs.many_weights.quadratics import LONGEST
from convcore.page import reading
from convcore.session import saved
from convcore.session.worker_process import WorkerEnded
from tests.test_page import link, own_table, sent, widget

ROWS = "a,b,y\n" + "1.25,2.5,3\n2,1,4\n3,5,9\n4,4,1\n" * 15_000
LONG = Upload("long.csv", ROWS)
Read = list[tuple[str, str]]  # name and first line
RAGGED = Upload("ragged.csv", ROWS + "1,2\n")


@pytest.fixture
def beside(monkeypatch: pytest.MonkeyPatch) -> Read:
    """What was read beside the server, which knows no table yet and reads no long one itself."""
    done: Read = []
    compute = ReadJob.compute

    def here(job: ReadJob, report: Any = None) -> Table | ValueError:
        assert len(job.text) < reading.LONG, "it is read in the server"
        return compute(job)

    def there(job: ReadJob, report: Any) -> Table | ValueError:
        done.append((job.name, job.first))
        return compute(job)

    for module in ("datasets.table", "page.reading"):
        monkeypatch.setattr(f"convcore.{module}.READ", KEPT)
    KEPT.__init__(4)  # type: ignore[misc]
    monkeypatch.setattr(ReadJob, "compute", here)
    monkeypatch.setattr(reading.WORKER, "do", there)
    return done


KEPT = Cache(4)


def test_a_long_file_is_read_beside_the_server_and_once(beside: Read) -> None:
    for _ in range(2):
        reading.read_beside(LONG)
        reading.read_beside(Upload("short.csv", ROWS[:400]))
    assert beside == [("long.csv", "")]
    table = read_csv(ROWS, "long.csv")
    assert table.rows == 60_000 and table is read_csv(ROWS, "long.csv")


def test_what_is_no_table_is_known_too_and_says_why_each_time(beside: Read) -> None:
    reading.read_beside(RAGGED)
    for _ in range(2):
        with pytest.raises(ValueError, match="line 60002 has 2 cells"):
            read_csv(RAGGED.text, RAGGED.name)
    assert len(beside) == 1


def test_a_file_of_which_the_worker_process_ended_is_read_in_the_server(
    beside: Read, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ends(job: ReadJob, report: Any) -> Table:
        raise WorkerEnded("It ended.")

    monkeypatch.setattr(reading.WORKER, "do", ends)
    reading.read_beside(LONG)
    with pytest.raises(AssertionError, match="read in the server"):
        read_csv(LONG.text, LONG.name)


def test_the_page_reads_a_long_file_beside_the_server_as_the_controls_say(
    beside: Read,
) -> None:
    at, control = own_table()
    assert not beside
    sent(at, control, "long.csv", ROWS)
    assert link(at)[control.path] == "long.csv" and beside == [("long.csv", "")]
    first_line = control._replace(path="problem.first_line")
    widget(at, first_line).set_value("names").run()
    assert beside == [("long.csv", ""), ("long.csv", "names")]


def test_saved_settings_have_their_long_file_read_beside_the_server(beside: Read) -> None:
    reading.read_beside(LONG, "names")
    lab = ManyWeights(FromData(OWN, LONG, first_line="names"))
    raw = saved.write(lab).encode()
    KEPT.__init__(4)  # type: ignore[misc]
    beside.clear()
    assert saved.read(raw, LABS, reading.read_beside).lab == lab
    assert beside == [("long.csv", "names")]


def test_a_file_that_is_too_long_for_a_matrix_is_refused_unread(beside: Read) -> None:
    for text in (ROWS, "1 " * LONGEST):
        with pytest.raises(FieldError, match="too long for a matrix: at most 50 × 50"):
            ManyWeights(Typed(matrix_file=Upload("long.csv", text)))
