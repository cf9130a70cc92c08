"""The lab "Rough ground": where learning rates stop behaving (SCIENCE D and E)."""
