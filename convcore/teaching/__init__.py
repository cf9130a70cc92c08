"""What a class needs around the labs: links that hold what was meant."""
