"""The labs, one a file: fields are controls, panels are the page. To add a lab, add it to LABS."""

from convcore.datasets import Upload
from convcore.hessian_free import CGNewton, GaussNewton
from convcore.labkit.functions import FromFormula, FromGallery
from convcore.labkit.lab import Lab, Result
from convcore.labkit.tables import Facts
from convcore.labs.extra_point import ExtraPoint, NoPoint
from convcore.labs.many_weights import ManyWeights
from convcore.labs.network_data import Chebyshev, Moons, Spirals
from convcore.labs.network_table import TableData
from convcore.labs.newton import TaylorAndNewton
from convcore.labs.one_weight import OneWeight
from convcore.labs.perceptron import PerceptronAndBackprop
from convcore.labs.point_sets import D8, U12, Clouds, Gate, Iris, LectureSet, OwnPoints
from convcore.labs.point_sources import FromCSV
from convcore.labs.problems import FromData, FromEigenvalues, Typed
from convcore.labs.real_network import RealNetwork
from convcore.labs.resamples import NoMore, Resamples
from convcore.labs.rough_ground.bifurcation import Bifurcation
from convcore.labs.rough_ground.by_schedule import BySchedule
from convcore.labs.rough_ground.end_maps import Basins, EscapeMap
from convcore.labs.rough_ground.lab import RoughGround
from convcore.labs.rough_ground.noise import Noise
from convcore.labs.rough_ground.second_pictures import Nothing
from convcore.labs.weight_landscape import WeightLandscape
from convcore.optimizers import (
    BFGS,
    AbsoluteNewton,
    AdaGrad,
    Adam,
    BacktrackingDescent,
    DampedNewton,
    ExactDescent,
    GradientDescent,
    Momentum,
    Nesterov,
    Newton,
    PerCoordinate,
    QuickProp,
    RMSProp,
    RProp,
    ShiftedNewton,
)
from convcore.schedules import (
    Constant,
    CosineDecay,
    DropOnPlateau,
    ExponentialDecay,
    LinearDecay,
    QuadraticDecay,
    StepDrop,
    WarmUp,
)

LABS: tuple[type[Lab], ...] = (
    OneWeight,
    TaylorAndNewton,
    ManyWeights,
    RoughGround,
    PerceptronAndBackprop,
    RealNetwork,
)

__all__ = [
    "BFGS",
    "D8",
    "LABS",
    "U12",
    "AbsoluteNewton",
    "AdaGrad",
    "Adam",
    "BacktrackingDescent",
    "Basins",
    "Bifurcation",
    "BySchedule",
    "CGNewton",
    "Chebyshev",
    "Clouds",
    "Constant",
    "CosineDecay",
    "DampedNewton",
    "DropOnPlateau",
    "EscapeMap",
    "ExactDescent",
    "ExponentialDecay",
    "ExtraPoint",
    "Facts",
    "FromCSV",
    "FromData",
    "FromEigenvalues",
    "FromFormula",
    "FromGallery",
    "Gate",
    "GaussNewton",
    "GradientDescent",
    "Iris",
    "Lab",
    "LectureSet",
    "LinearDecay",
    "ManyWeights",
    "Momentum",
    "Moons",
    "Nesterov",
    "Newton",
    "NoMore",
    "NoPoint",
    "Noise",
    "Nothing",
    "OneWeight",
    "OwnPoints",
    "PerCoordinate",
    "PerceptronAndBackprop",
    "QuadraticDecay",
    "QuickProp",
    "RMSProp",
    "RProp",
    "RealNetwork",
    "Resamples",
    "Result",
    "RoughGround",
    "ShiftedNewton",
    "Spirals",
    "StepDrop",
    "TableData",
    "TaylorAndNewton",
    "Typed",
    "Upload",
    "WarmUp",
    "WeightLandscape",
]
