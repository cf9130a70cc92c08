"""Typed formulas, read without being run as code, and their exact derivatives."""

from convcore.formula.formula import Formula as Formula
from convcore.formula.formula import FormulaError as FormulaError
