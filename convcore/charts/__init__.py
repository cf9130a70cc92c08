"""Each picture: a constant Altair template over named data sets, and the tables that fill it."""
