"""Insights: what happened lately, what it cost, and whether the image model can be reached."""

from workbench.insights.connecting import NONE_SET, ImageModel, model, probe, trial
from workbench.insights.counting import document
from workbench.insights.reading import (
    LONGEST,
    Budget,
    Calls,
    Failure,
    Insights,
    Outcome,
    Seconds,
    Speed,
    read,
    summed,
)  # fmt: skip

__all__ = [
    "LONGEST", "NONE_SET", "Budget", "Calls", "Failure", "ImageModel", "Insights", "Outcome", "Seconds", "Speed",
    "document", "model", "probe", "read", "summed", "trial",
]  # fmt: skip
