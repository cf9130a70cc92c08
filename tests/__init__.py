"""The tests; `python -m pytest` runs them, `python -m tests.bench` measures."""
