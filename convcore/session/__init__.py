"""A session as values: links, pinned runs, and the worker process."""
