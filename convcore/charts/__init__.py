"""What pictures are made of: constant Altair templates over named data sets, filled by tables."""
