"""A session as values: links, pinned runs, and the process beside the server."""
