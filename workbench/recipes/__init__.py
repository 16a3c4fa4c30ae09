"""Templates, guidelines, values and recipes: what an edit is, in pure functions."""

from workbench.recipes.canonical import canonical
from workbench.recipes.comparing import differences
from workbench.recipes.filling import fill, settle_mode
from workbench.recipes.freezing import HASHED, Recipe, definition_sha256, freeze
from workbench.recipes.guidelines import Font, Guideline, Mark, PaletteColour, parse_guideline
from workbench.recipes.operations import ANCHORS, MODES
from workbench.recipes.parameters import (
    ChoiceParameter,
    ColourParameter,
    CopyParameter,
    MarkParameter,
    NumberParameter,
    PaletteColourParameter,
    Parameter,
    RegionParameter,
)
from workbench.recipes.prompts import render_prompt
from workbench.recipes.regions import check_region, checked_region, parse_region
from workbench.recipes.templates import LIMITS, Template, parse_template
from workbench.recipes.values import Resolved, resolve

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
