"""Labelled points, whether a line separates them, and the learners that look for one."""
