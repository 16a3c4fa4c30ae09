"""Templates, guidelines, values and recipes: what an edit is, in pure functions."""

from workbench.recipes.arguments import ANCHORS, HOWS, LONGEST_SIDE, MODES, SHORTEST_SIDE, size_of
from workbench.recipes.canonical import canonical
from workbench.recipes.comparing import differences
from workbench.recipes.filling import fill, settle_mode, steps
from workbench.recipes.freezing import HASHED, Recipe, definition_sha256, freeze
from workbench.recipes.guidelines import Font, Guideline, Mark, PaletteColour, folded, parse_guideline
from workbench.recipes.operations import OPERATIONS, SIZING, ColourSwap, CopyUpdate, Reframe, ReplaceBackground, Step
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
from workbench.recipes.telling import sentence, summary
from workbench.recipes.templates import LIMITS, Template, parse_template
from workbench.recipes.values import Resolved, resolve
from workbench.recipes.writing import to_toml

__all__ = [
    "ANCHORS",
    "HASHED",
    "HOWS",
    "LIMITS",
    "LONGEST_SIDE",
    "MODES",
    "OPERATIONS",
    "SHORTEST_SIDE",
    "SIZING",
    "ChoiceParameter",
    "ColourParameter",
    "ColourSwap",
    "CopyParameter",
    "CopyUpdate",
    "Font",
    "Guideline",
    "Mark",
    "MarkParameter",
    "NumberParameter",
    "PaletteColour",
    "PaletteColourParameter",
    "Parameter",
    "Recipe",
    "Reframe",
    "RegionParameter",
    "ReplaceBackground",
    "Resolved",
    "Step",
    "Template",
    "canonical",
    "check_region",
    "checked_region",
    "definition_sha256",
    "differences",
    "fill",
    "folded",
    "freeze",
    "parse_guideline",
    "parse_region",
    "parse_template",
    "render_prompt",
    "resolve",
    "sentence",
    "settle_mode",
    "size_of",
    "steps",
    "summary",
    "to_toml",
]
