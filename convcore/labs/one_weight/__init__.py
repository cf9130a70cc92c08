"""The lab "One weight"."""
