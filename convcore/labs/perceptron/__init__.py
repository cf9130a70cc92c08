"""Perceptron and backprop: who separates separable points, and whose boundary swings (SCIENCE F)."""
