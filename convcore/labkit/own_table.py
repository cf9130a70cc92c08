"""What the labs that take a table of the user's call it."""

from convcore.datasets import MAX_MB

OWN = "your CSV"
# In the label, for the uploader's own words of it go once a file is there.
OWN_FILE = f"{OWN}, at most {MAX_MB} MB"
