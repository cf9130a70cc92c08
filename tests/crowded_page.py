"""The app on a server that draws for others all the time, as a crowd makes it."""

from __future__ import annotations

import runpy
import threading
import time
from pathlib import Path

from convcore.page.compute import drawing

TURN = 0.3  # seconds that others draw at a time
CROWD = "a crowd"


def draw_for_others() -> None:
    """Leave a moment between two turns, in which one who waits gets his."""
    while True:
        with drawing:
            time.sleep(TURN)
        time.sleep(0.01)


if all(thread.name != CROWD for thread in threading.enumerate()):  # this runs for each change
    threading.Thread(target=draw_for_others, name=CROWD, daemon=True).start()
runpy.run_path(str(Path(__file__).parent.parent / "app.py"), run_name="__main__")
