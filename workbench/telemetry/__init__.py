"""Telemetry: what a process says about itself, as JSON lines and, where wanted, as metrics pushed to a collector."""

from workbench.telemetry.logs import EVENTS, KEYS, configure, join
from workbench.telemetry.pushing import collector

__all__ = ["EVENTS", "KEYS", "collector", "configure", "join"]
