"""The fidelity lock: a model's output laid over its original, and only what was meant to change taken from it."""

from workbench.imaging.lock.locking import VERSION, Drift, Locked, lock
from workbench.imaging.lock.settings import LockSettings

__all__ = ["VERSION", "Drift", "LockSettings", "Locked", "lock"]
