"""What people asked about in public, with the right answers: `tests/data/cases.json`, a line each."""
