"""Templates, guidelines, values and recipes: what an edit is, in pure functions."""

from .canonical import canonical
from .comparing import differences
from .filling import fill, settle_mode
from .freezing import HASHED, Recipe, definition_sha256, freeze
from .guidelines import Font, Guideline, Mark, PaletteColour, parse_guideline
from .operations import ANCHORS, MODES
from .parameters import (
    ChoiceParameter,
    ColourParameter,
    CopyParameter,
    MarkParameter,
    NumberParameter,
    PaletteColourParameter,
    Parameter,
    RegionParameter,
)
from .prompts import render_prompt
from .regions import check_region, checked_region, parse_region
from .templates import LIMITS, Template, parse_template
from .values import Resolved, resolve

__all__ = [
    "ANCHORS",
    "HASHED",
    "LIMITS",
    "MODES",
    "ChoiceParameter",
    "ColourParameter",
    "CopyParameter",
    "Font",
    "Guideline",
    "Mark",
    "MarkParameter",
    "NumberParameter",
    "PaletteColour",
    "PaletteColourParameter",
    "Parameter",
    "Recipe",
    "RegionParameter",
    "Resolved",
    "Template",
    "canonical",
    "check_region",
    "checked_region",
    "definition_sha256",
    "differences",
    "fill",
    "freeze",
    "parse_guideline",
    "parse_region",
    "parse_template",
    "render_prompt",
    "resolve",
    "settle_mode",
]
