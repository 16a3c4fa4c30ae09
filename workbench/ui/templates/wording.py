"""A template's definition in a designer's words."""

from collections.abc import Callable

from workbench import recipes
from workbench.recipes import Parameter, Template

Said = Callable[[object], str]

#: a limit's name → (what it is called, unit, how the number is meant)
LIMITS: dict[str, tuple[str, str, str]] = {
    "outside_changed": ("Changed outside the region", "px", "at most"),
    "ssim": ("Structure kept (SSIM)", "", "at least"),
    "delta_e_mean": ("Mean colour shift of what stays", "ΔE2000", "at most"),
    "palette": ("Brand colour off by", "ΔE2000", "at most"),
    "copy_similarity": ("Copy that reads right", "", "at least"),
    "size_kept": ("Size", "", ""),
    "changed_most": ("Share of the picture that changes", "", "at most"),
    "border": ("Share of the region’s border that a change runs across", "", "at most"),
    "face_distance": ("Distance of the face before and after", "", "at most"),
}
STAYS = "Everything else stays, bit for bit."
REGIONS = {
    "none": f"It looks at the whole picture; nobody marks a region. {STAYS}",
    "optional": f"A region may be marked; without one the whole picture is looked at. {STAYS}",
    "required": f"A region must be marked before it runs, and only in it anything changes. {STAYS}",
    "text_line": (
        "The line with the old copy is found by itself and only its place may change; a region is marked where the "
        f"copy stands twice. {STAYS}"
    ),
    "protected": "What must stay is marked before it runs and stays, bit for bit; everything else may change.",
    "subject": (
        "The subject is marked before it runs: it is cut out and kept, its sure inside bit for bit; "
        "everything around it changes."
    ),
}
UNBOUND = "Only steps that the region doesn’t bind may change the picture elsewhere."
RESIZED = "The picture gets another size, so no pixel keeps its place."
ENGINES = {
    "exact": "Exact: computed here, the same result every time, at no cost",
    "openai": "Image model: generated, then registered and locked outside the region",
    "external": "Made elsewhere: an output from another tool is imported, locked and measured",
}
CHARACTERS = {"letters", "digits", "spaces", "punctuation", "currency", "symbols"}
HOWS = {
    "fill": "covering the whole frame and cutting what stands over",
    "fit": "staying within the frame, nothing cut",
    "pad": "staying within the frame on a ground that fills it",
}


def accepts(parameter: Parameter) -> str:
    """What the parameter takes, in words."""
    match parameter:
        case recipes.PaletteColourParameter():
            return "a colour of the guideline, by name"
        case recipes.ColourParameter():
            return "any colour, or one of the guideline by name"
        case recipes.CopyParameter():
            only = "" if set(parameter.characters) == CHARACTERS else f"; only {', '.join(parameter.characters)}"
            return f"one line of up to {parameter.max_length:,} characters{only}"
        case recipes.ChoiceParameter():
            return "one of " + ", ".join(parameter.options)
        case recipes.NumberParameter():
            return f"a number {parameter.range}"
        case recipes.MarkParameter():
            return f"a {' or '.join(parameter.mark_kinds)} of the guideline"
        case recipes.RegionParameter():
            return "a part marked on the picture"


def default(parameter: Parameter) -> str:
    """What it is when nobody says, or that somebody has to."""
    if isinstance(parameter, recipes.RegionParameter):
        return "drawn"
    if parameter.default is None:
        return "must be given"
    if isinstance(parameter, recipes.NumberParameter):
        return f"{parameter.default:g} {parameter.unit}".strip()
    return str(parameter.default)


def operation(template: Template) -> str:
    """What the exact engine does, a sentence for each step."""
    if not template.operations:
        return "There is no exact operation: the prompt alone says what happens."
    said = [_step(step, template) for step in template.operations]
    return " ".join([said[0], *(f"Then it {one[0].lower()}{one[1:]}" for one in said[1:])])


def region(template: Template) -> str:
    """Who marks what, and what stays."""
    sizing = any(step.kind in recipes.SIZING for step in template.operations)
    free = any(step.where and step.kind not in recipes.SIZING for step in template.operations)
    rule = REGIONS[template.region.rule].replace(STAYS, RESIZED if sizing else STAYS)
    return rule.replace(STAYS, f"{UNBOUND} {STAYS}") if free and template.region.rule != "none" else rule


def cost(template: Template) -> str:
    """What one edit may cost."""
    if template.cap is not None:
        return f"One edit costs at most ${template.cap:.2f}."
    priced = "openai" in template.engines.allowed
    return "One edit has no cap of its own; the budget holds." if priced else "An edit costs nothing."


def _step(step: recipes.Step, template: Template) -> str:
    labels = {parameter.name: parameter.words for parameter in template.parameters}

    def said(value: object) -> str:
        name = str(value).strip("{}")
        return f"“{labels[name]}”" if name in labels and str(value) != name else _literal(value)

    bound = not step.where or template.region.rule == "none"
    anywhere = "" if bound else " The region doesn’t bind this step."
    match step.kind:
        case "colour_swap":
            pairs = step.all_pairs()
            swaps = " and ".join(f"{said(pair.source)} to {said(pair.target)}" for pair in pairs)
            return f"Recolours {swaps}{', all at once' if len(pairs) > 1 else ''}. {_surface(step, labels)}{anywhere}"
        case "place_mark":
            width = f"{said(step.width)} of the picture’s width wide" if step.width else "as large as the region holds"
            return (
                f"Places {said(step.mark)} at {said(step.anchor)}, {width}, "
                f"at {said(step.opacity)} opacity, with the clear space that the guideline asks for.{anywhere}"
            )
        case "copy_update":
            return f"Sets {said(step.new)} where the picture reads {said(step.old)}. {_shrink(step, said)}{anywhere}"
        case "reframe":
            return f"Reframes to {said(step.size)}, {_how(step, said)}{_focus(step, said)}."
        case "resize":
            side, pixels = step.side
            called = "longest side" if side == "longest" else side
            sharp = f"sharpened by {said(step.sharpen)}" if step.sharpen else "not sharpened"
            return f"Resizes the {called} to {said(pixels)} px, in correct light, {sharp}."
        case "replace_background":
            return f"Cuts the subject out and sets it on {_ground(step, said)}."
        case "remove_object":
            return "Removes what is marked, where the surroundings tell what was behind it; elsewhere it refuses."


def _shrink(step: recipes.CopyUpdate, said: Said) -> str:
    if step.shrink is True:
        return "A longer copy is set smaller to fit."
    if step.shrink is False:
        return "A copy that doesn’t fit is refused."
    return f"Whether a longer copy is set smaller is said under {said(step.shrink)}."


def _how(step: recipes.Reframe, said: Said) -> str:
    how = HOWS.get(step.how, f"as said under {said(step.how)}")
    if step.how in ("fill", "fit"):
        return how
    ground = "of the rim’s colour" if step.ground == "auto" else f"of {said(step.ground)}"
    return f"{how}, {ground}" if step.how == "pad" else f"{how} (a ground is {ground})"


def _focus(step: recipes.Reframe, said: Said) -> str:
    if step.how in ("fit", "pad"):
        return ""
    return ", around what matters in it" if step.focus == "auto" else f", held at {said(step.focus)}"


def _ground(step: recipes.ReplaceBackground, said: Said) -> str:
    if step.picture is not None:
        return f"the background {said(step.picture)}"
    if step.second is not None:
        angle = "90" if step.angle is None else said(step.angle) if isinstance(step.angle, str) else f"{step.angle:g}"
        return f"a ground that runs from {said(step.ground)} to {said(step.second)}, at {angle}°"
    return "transparency" if step.ground == "transparent" else said(step.ground)


def _surface(step: recipes.ColourSwap, labels: dict[str, str]) -> str:
    name = step.mode.strip("{}")
    if name in labels:
        return f"Whether the surface is flat or shaded is said under “{labels[name]}”."
    if step.mode == "auto":
        return "Whether the surface is flat or shaded is found out for each picture."
    return f"The surface is taken as {step.mode}."


def _literal(value: object) -> str:
    return f"{value * 100:g} %" if isinstance(value, float) else str(value)


def limits(template: Template) -> list[tuple[str, str]]:
    """(name, “at most 0.5 ΔE2000”) for each limit the template sets."""
    rows = []
    for name, value in template.limits.items():
        called, unit, meant = LIMITS[name]
        said = ("stays" if value else "may change") if name == "size_kept" else f"{meant} {value:g} {unit}".strip()
        rows.append((called, said))
    return rows
