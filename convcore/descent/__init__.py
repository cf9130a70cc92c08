"""`descend`, the one loop that iterates optimizers; schedules, theory, and how a run ends."""

from convcore.descent.descent import Trajectory as Trajectory
from convcore.descent.descent import descend as descend
from convcore.descent.descent import descend_by_schedule as descend_by_schedule
from convcore.descent.descent import descend_each as descend_each
from convcore.descent.descent import exact_descent as exact_descent
from convcore.descent.outcomes import Outcome as Outcome
from convcore.descent.outcomes import Status as Status
