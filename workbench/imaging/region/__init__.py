"""What a model really changed in a picture, told apart from what it only redrew."""

from workbench.imaging.region.finding import Found, allowed, find

__all__ = ["Found", "allowed", "find"]
