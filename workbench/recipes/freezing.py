"""The recipe: everything that can change a pixel, frozen as canonical JSON with a hash."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from workbench import errors
from workbench.recipes.canonical import canonical, sha256
from workbench.recipes.guidelines import Guideline
from workbench.recipes.regions import checked_region
from workbench.recipes.templates import Template
from workbench.recipes.values import Resolved

#: what the hash covers, in the document's order; `template`, `values` and `guideline` before it are provenance
HASHED = (
    "resolved",
    "engine",
    "engine_version",
    "model",
    "parameters",
    "operation",
    "prompt",
    "region",
    "protect",
    "lock",
)


@dataclass(frozen=True)
class Recipe:
    """A frozen recipe; treat `document` as read-only."""

    #: plain JSON: template, values, resolved, guideline, then the rest of HASHED
    document: dict[str, Any]
    #: the whole document as canonical JSON
    canonical: str
    #: over the keys in HASHED only: equal for recipes that make equal pixels from equal bytes
    sha256: str

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "Recipe":
        """The recipe of a stored document; its hash is computed anew, so that a changed document shows."""
        lacking = [key for key in HASHED if key not in document]
        if lacking:
            raise errors.InvalidInput(f"The recipe lacks {', '.join(lacking)}.")
        kept = copy.deepcopy(dict(document))
        covered = {key: kept[key] for key in HASHED}
        return cls(kept, canonical(kept), sha256(covered))


def freeze(
    template_name: str,
    template_revision: int,
    template_sha256: str,
    values: Mapping[str, object],
    resolved: Mapping[str, Resolved],
    guideline_revision: int,
    guideline_sha256: str,
    engine: str,
    engine_version: str,
    parameters: Mapping[str, Any],
    region: Mapping[str, Any] | None = None,
    protect: Mapping[str, Any] | None = None,
    lock: Mapping[str, Any] | None = None,
    *,
    operation: Mapping[str, Any] | None = None,
    prompt: str | None = None,
    model: str | None = None,
) -> Recipe:
    """The recipe of one edit.

    The hash covers exactly `resolved`, `engine`, `engine_version`, `model` (snapshot of a generative engine, or None),
    `parameters` (of the engine), `operation` (as filled by `fill`, None for generative engines), `prompt` (as rendered,
    None for exact engines), `region`, `protect` and `lock` (settings, None for exact engines). It does not cover
    `values` nor the names, revisions and hashes of template and guideline: a new revision that resolves to the same
    edit makes the same pixels. Region and protect: as regions.checked_region keeps them, or None.
    Numbers: finite; 1.0 and 1 are the same. Raises errors.InvalidInput for anything JSON cannot hold exactly.
    """
    return Recipe.from_json(
        {
            "template": {"name": template_name, "revision": template_revision, "sha256": template_sha256},
            "values": dict(values),
            "resolved": dict(resolved),
            "guideline": {"revision": guideline_revision, "sha256": guideline_sha256},
            "engine": engine,
            "engine_version": engine_version,
            "model": model,
            "parameters": dict(parameters),
            "operation": operation,
            "prompt": prompt,
            "region": checked_region(region),
            "protect": checked_region(protect),
            "lock": lock,
        }
    )


def definition_sha256(definition: Template | Guideline) -> str:
    """The hash of a template's or guideline's definition, independent of how its file was laid out."""
    return sha256(definition.to_json())
