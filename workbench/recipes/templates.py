"""The template file: a prompt with typed parameters, an exact operation, a region rule, limits and engines."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, model_validator

from workbench.recipes import chains, files
from workbench.recipes.arguments import reference
from workbench.recipes.guidelines import Finite, Slug, Title
from workbench.recipes.operations import MOST_STEPS, OPERATIONS, Operation, Pair, Step, arguments
from workbench.recipes.parameters import KINDS, PLACEHOLDER, Parameter

EngineName = Literal["exact", "openai", "external"]

Limit = Annotated[Finite, Field(ge=0)]
Share = Annotated[Finite, Field(ge=0, le=1)]


def _prompt(text: str) -> str:
    if set(PLACEHOLDER.sub("", text)) & set("{}"):
        raise ValueError("a brace must belong to a parameter like {name}")
    if any(not (character.isprintable() or character in "\n\t") for character in text):
        raise ValueError("the prompt holds a control character; use plain text and line breaks")
    return text.strip()


class TemplateHead(files.Frozen):
    """`[template]`."""

    name: Slug
    title: Title
    #: what a generative engine is told; `{name}` stands for a parameter
    prompt: Annotated[str, StringConstraints(min_length=1, max_length=4000), AfterValidator(_prompt)]


class Limits(files.Frozen):
    """`[limits]` of the fidelity report; what isn't set keeps the report's own default."""

    outside_changed: Limit | None = None
    ssim: Share | None = None
    delta_e_mean: Limit | None = None
    palette: Limit | None = None
    copy_similarity: Share | None = None
    size_kept: Annotated[bool, Field(strict=True)] | None = None
    changed_most: Share | None = None
    border: Share | None = None
    face_distance: Limit | None = None


class RegionRule(files.Frozen):
    """`[region]`: whether people mark where the picture may change, or what must stay."""

    rule: chains.Rule = "optional"


class Lock(files.Frozen):
    """`[lock]`: how an output is laid back onto the original; what isn't set keeps the lock's own default."""

    whole_frame: Annotated[bool, Field(strict=True)] | None = None
    #: OKLab distance from which a difference is a change
    sensitivity: Annotated[Finite, Field(ge=0.02, le=0.08)] | None = None
    #: pixels of the original
    grow: Annotated[int, Field(strict=True, ge=-64, le=64)] | None = None
    feather: Annotated[Finite, Field(ge=0, le=64)] | None = None
    match_colour: Annotated[bool, Field(strict=True)] | None = None
    keep_texture: Annotated[bool, Field(strict=True)] | None = None


class Cost(files.Frozen):
    """`[cost]`: what one edit may cost; engines with a price are held to it, the exact engine costs nothing."""

    #: US dollars
    cap: Annotated[Finite, Field(ge=0, le=100)]


class Engines(files.Frozen):
    """`[engines]`: which engines may run the template."""

    allowed: Annotated[tuple[EngineName, ...], Field(min_length=1)] = ("exact",)
    #: the engine that is chosen when nobody says otherwise; not set = the first allowed
    default: EngineName | None = None

    @property
    def first(self) -> str:
        """The engine that is chosen when nobody says otherwise."""
        return self.default or self.allowed[0]

    @model_validator(mode="after")
    def _default_is_allowed(self) -> Self:
        if self.default is not None and self.default not in self.allowed:
            raise ValueError(f"default “{self.default}” isn't among the allowed engines {', '.join(self.allowed)}")
        if len(set(self.allowed)) < len(self.allowed):
            raise ValueError("an engine is listed twice")
        return self


def _steps(value: object) -> object:
    return [value] if isinstance(value, dict) else value


class Template(files.Frozen):
    """One revision of an edit that may be run, in the structure of its file."""

    head: TemplateHead = Field(alias="template")
    parameters: tuple[Parameter, ...] = Field(default=(), alias="parameter", max_length=40)
    operations: Annotated[tuple[Operation, ...], BeforeValidator(_steps), Field(max_length=MOST_STEPS)] = Field(
        default=(), alias="operation"
    )
    region: RegionRule = RegionRule()
    limits_set: Limits = Field(default=Limits(), alias="limits")
    #: None where the section is absent or empty, so that files from before there was a lock keep their hash
    lock_set: Annotated[Lock | None, AfterValidator(lambda lock: lock if lock and lock.to_json() else None)] = Field(
        default=None, alias="lock"
    )
    engines: Engines = Engines()
    cost: Cost | None = None

    @property
    def name(self) -> str:
        """The template's short name."""
        return self.head.name

    @property
    def title(self) -> str:
        """The name that people see."""
        return self.head.title

    @property
    def prompt(self) -> str:
        """The prompt with its placeholders."""
        return self.head.prompt

    @property
    def limits(self) -> dict[str, float]:
        """The limits that are set, by their names in the fidelity report."""
        return self.limits_set.to_json()

    @property
    def lock(self) -> dict[str, Any]:
        """The lock's settings that are set, by their names in imaging.lock.LockSettings."""
        return self.lock_set.to_json() if self.lock_set else {}

    @property
    def operation(self) -> Step | None:
        """The operation, the first one of a chain, or None."""
        return self.operations[0] if self.operations else None

    @property
    def cap(self) -> float | None:
        """What one edit may cost, in US dollars."""
        return self.cost.cap if self.cost else None

    def to_json(self) -> dict[str, Any]:
        """The definition in the file's own structure: one operation is a table, several are a list."""
        data = super().to_json()
        steps = data["operation"]
        data["operation"] = steps[0] if len(steps) == 1 else steps
        return data if steps else {key: value for key, value in data.items() if key != "operation"}

    @classmethod
    def from_json(cls, data: object) -> Self:
        """The opposite of `to_json`; errors.RejectedFile as for a file."""
        return files.model(cls, data, PLACES)

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Self:
        problems = list(_problems(self))
        if problems:
            more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
            raise ValueError(problems[0] + more)
        return self


def _problems(template: Template) -> Iterator[str]:
    declared = {parameter.name: parameter for parameter in template.parameters}
    names = [parameter.name for parameter in template.parameters]
    yield from (f"two parameters are called “{name}”" for name in declared if names.count(name) > 1)
    regions = [parameter for parameter in template.parameters if parameter.kind == "region"]
    if len(regions) > 1:
        yield "a template has one region at most"
    if regions and template.region.rule == "none":
        yield f"“{regions[0].name}” asks for a region, but the region's rule is “none”"
    if "exact" in template.engines.allowed and not template.operations:
        yield "engine “exact” needs an [operation]"
    if template.lock and not {"openai", "external"} & set(template.engines.allowed):
        yield "[lock] says how an output is laid back onto the original; only “openai” and “external” have one"
    used = {parameter.name for parameter in regions}
    for name in PLACEHOLDER.findall(template.prompt):
        used.add(name)
        if name not in declared:
            yield f"[template], prompt: {{{name}}} isn't declared {files.did_you_mean(name, declared)}"
    for place, step in chains.placed(template.operations):
        for argument, value, takes in arguments(step):
            name = reference(value)
            if name is None:
                continue
            used.add(name)
            if name not in declared:
                yield f"{place}, {argument}: {{{name}}} isn't declared {files.did_you_mean(name, declared)}"
            elif problem := takes.misuse(declared[name]):
                yield f"{place}, {argument}: {problem}"
    yield from (
        f"parameter “{name}” is never used, neither in the prompt nor in the operation"
        for name in declared
        if name not in used
    )
    yield from chains.problems(template.operations, template.region.rule, template.limits_set.size_kept)


PLACES: files.Places = {
    (): Template,
    ("template",): TemplateHead,
    ("limits",): Limits,
    ("region",): RegionRule,
    ("lock",): Lock,
    ("engines",): Engines,
    ("cost",): Cost,
    **{("parameter", kind): known for kind, known in KINDS.items()},
    **{("operation", kind): known for kind, known in OPERATIONS.items()},
    ("operation", "colour_swap", "pairs"): Pair,
}


#: the names of the limits; a test keeps them equal to those of imaging.fidelity
LIMITS = tuple(Limits.model_fields)


def parse_template(text: str | bytes) -> Template:
    """The template in TOML `text`; errors.RejectedFile tells the first problem and where it is."""
    return Template.from_json(files.toml(text))
