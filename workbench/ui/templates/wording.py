"""A template's definition in a designer's words."""

from workbench import recipes
from workbench.recipes import Parameter, Template

#: a limit's name → (what it is called, unit, how the number is meant)
LIMITS: dict[str, tuple[str, str, str]] = {
    "outside_changed": ("Changed outside the region", "px", "at most"),
    "ssim": ("Structure kept (SSIM)", "", "at least"),
    "delta_e_mean": ("Mean colour shift of what stays", "ΔE2000", "at most"),
    "palette": ("Brand colour off by", "ΔE2000", "at most"),
    "copy_similarity": ("Copy that reads right", "", "at least"),
    "size_kept": ("Size", "", ""),
}
REGIONS = {
    "none": "The whole picture may change; nobody marks a region.",
    "optional": "A region may be marked; without one the whole picture is looked at.",
    "required": "A region must be marked before it runs, and nothing outside it changes.",
}
ENGINES = {
    "exact": "Exact: computed here, the same result every time, at no cost",
    "openai": "Image model: generated, then registered and locked outside the region",
    "external": "Made elsewhere: an output from another tool is imported, locked and measured",
}
CHARACTERS = {"letters", "digits", "spaces", "punctuation", "currency", "symbols"}


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
            return f"a {parameter.mark_kind or 'mark'} of the guideline"
        case recipes.RegionParameter():
            return "a box drawn on the picture"


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
    """What the exact engine does, in one sentence."""
    if template.operation is None:
        return "There is no exact operation: the prompt alone says what happens."
    labels = {parameter.name: parameter.words for parameter in template.parameters}

    def said(value: object) -> str:
        name = str(value).strip("{}")
        return f"“{labels[name]}”" if name in labels and str(value) != name else _literal(value)

    if template.operation.kind == "colour_swap":
        pairs = template.operation.all_pairs()
        swaps = " and ".join(f"{said(pair.source)} to {said(pair.target)}" for pair in pairs)
        return f"Recolours {swaps}{', all at once' if len(pairs) > 1 else ''}. {_surface(template, labels)}"
    mark = template.operation
    return (
        f"Places {said(mark.mark)} at {said(mark.anchor)}, {said(mark.width)} of the picture’s width wide, "
        f"at {said(mark.opacity)} opacity, with the clear space that the guideline asks for."
    )


def _surface(template: Template, labels: dict[str, str]) -> str:
    mode = getattr(template.operation, "mode", "auto")
    if mode.strip("{}") in labels:
        return f"Whether the surface is flat or shaded is said under “{labels[mode.strip('{}')]}”."
    if mode == "auto":
        return "Whether the surface is flat or shaded is found out for each picture."
    return f"The surface is taken as {mode}."


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
