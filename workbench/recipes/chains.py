"""What the steps of a template's operation ask of its region and of each other."""

from collections.abc import Iterator, Sequence
from typing import Literal

from workbench.recipes.operations import SIZING, PlaceMark, Step

Rule = Literal["none", "optional", "required", "text_line", "protected", "subject"]

#: rule → the operation without which it means nothing
RULE_NEEDS = {"text_line": "copy_update", "subject": "replace_background"}
#: operation → the rule without which it can't work
NEEDS_RULE = {"replace_background": "subject", "remove_object": "required"}


def placed(steps: Sequence[Step]) -> Iterator[tuple[str, Step]]:
    """Every step with where it stands in the file: “[operation]”, or “[[operation]] 2” of a chain."""
    for number, step in enumerate(steps, 1):
        yield f"[[operation]] {number}" if len(steps) > 1 else "[operation]", step


def problems(steps: Sequence[Step], rule: Rule, size_kept: bool | None) -> Iterator[str]:
    """A sentence for everything that doesn't fit together."""
    kinds = [step.kind for step in steps]
    needed = RULE_NEEDS.get(rule)
    if needed and needed not in kinds:
        yield f"[region], rule: “{rule}” needs an operation of kind “{needed}”"
    resized = False
    for place, step in placed(steps):
        wanted = NEEDS_RULE.get(step.kind)
        if wanted and rule != wanted:
            yield f"{place}: “{step.kind}” needs [region] with rule = “{wanted}”"
        if wanted and step.where:
            yield f"{place}, where: “{step.kind}” works on what is marked; leave where out"
        if isinstance(step, PlaceMark) and step.width is None and (rule != "required" or step.where):
            yield f"{place}: width is missing; only a mark that fills a “required” region does without"
        if rule == "text_line" and step.kind not in ("copy_update", *SIZING) and not step.where:
            yield f"{place}: under “text_line” the region is the line of copy; give this step where = “anywhere”"
        if resized:
            yield from _after_another_size(place, step)
        resized = resized or step.kind in SIZING
    if resized and size_kept is not False:
        yield "[limits]: an operation that gives another size needs size_kept = false"
    if resized and rule == "protected":
        yield "[region], rule: “protected” doesn't go with another size, in which nothing stays where it was"


def _after_another_size(place: str, step: Step) -> Iterator[str]:
    if step.kind in NEEDS_RULE:
        yield f"{place}: “{step.kind}” must come before the picture gets another size, where the region still fits"
    elif step.kind not in SIZING and not step.where:
        yield f"{place}: the region no longer fits after another size; give this step where = “anywhere”"
