"""A template and a guideline that touch every part of their files, for the tests of recipes."""

import hashlib
import re

from workbench import recipes

TEMPLATE = """
[template]
name = "sale"
title = "Sale"
prompt = "Make {source} into {target}, write {words} in {place} at {size}, use {logo}, style {style}."
[[parameter]]
name = "source"
kind = "colour"
[[parameter]]
name = "target"
kind = "palette_colour"
default = "Moss"
[[parameter]]
name = "words"
kind = "copy"
max_length = 12
characters = ["letters", "digits", "spaces", "punctuation"]
[[parameter]]
name = "place"
kind = "region"
[[parameter]]
name = "size"
kind = "number"
min = 4
max = 40
step = 0.5
default = 18
unit = "%"
[[parameter]]
name = "logo"
kind = "mark"
mark_kind = "logo"
[[parameter]]
name = "style"
kind = "choice"
options = ["auto", "flat", "shaded"]
default = "auto"
[operation]
kind = "colour_swap"
source = "{source}"
target = "{target}"
mode = "{style}"
[limits]
outside_changed = 0
ssim = 0.97
[engines]
allowed = ["exact", "openai"]
"""

GUIDELINE = """
[guideline]
name = "brand"
title = "Brand"
[[colour]]
name = "Aster blue"
hex = "#2747b8"
[[colour]]
name = "Moss"
hex = "#4F7A63"
tolerance = 1.5
[[font]]
name = "Inter"
file = "Inter.woff2"
[[mark]]
name = "Logo blue"
file = "logo-blue.png"
kind = "logo"
clear_space = 0.5
min_width = 96
[[mark]]
name = "Badge"
file = "badge.png"
kind = "badge"
"""

#: what a guideline has besides: an SVG, a background, a licence
STUDIO = """
[[font]]
name = "Mono"
file = "mono.ttf"
licence = "SIL OFL 1.1 <https://openfontlicense.org>"
[[mark]]
name = "Studio"
file = "studio.png"
kind = "background"
[[mark]]
name = "Wordmark"
file = "wordmark.svg"
kind = "logo"
"""

FILES = {name: hashlib.sha256(name.encode()).hexdigest() for name in ("Inter.woff2", "logo-blue.png", "badge.png")}
VALUES = {"source": "#7a8f6a", "words": "Summer 2026", "logo": "logo blue"}

#: one parameter for each argument of the operations
CAMPAIGN = """
[template]
name = "campaign"
title = "Campaign"
prompt = "{old} {new} {longer} {size} {how} {ground} {focus} {pixels} {sharpen} {picture} {logo} {colour} {angle}"
[[parameter]]
name = "old"
kind = "copy"
[[parameter]]
name = "new"
kind = "copy"
max_length = 40
[[parameter]]
name = "longer"
kind = "choice"
options = ["no", "yes"]
default = "no"
[[parameter]]
name = "size"
kind = "choice"
options = ["Post 1080x1350", "Story 1080 × 1920", "640x360"]
[[parameter]]
name = "how"
kind = "choice"
options = ["fill", "pad"]
default = "pad"
[[parameter]]
name = "ground"
kind = "palette_colour"
[[parameter]]
name = "colour"
kind = "colour"
default = "#000001"
[[parameter]]
name = "focus"
kind = "choice"
options = ["auto", "top"]
default = "auto"
[[parameter]]
name = "pixels"
kind = "number"
min = 100
max = 4000
step = 10
default = 1080
[[parameter]]
name = "sharpen"
kind = "number"
min = 0
max = 100
unit = "%"
default = 25
[[parameter]]
name = "angle"
kind = "number"
min = 0
max = 360
default = 45
[[parameter]]
name = "picture"
kind = "mark"
mark_kind = "background"
default = "Studio"
[[parameter]]
name = "logo"
kind = "mark"
default = "Logo blue"
"""


def template(old: str = "", new: str = "") -> recipes.Template:
    assert old in TEMPLATE
    return recipes.parse_template(TEMPLATE.replace(old, new, 1))


def guideline() -> recipes.Guideline:
    return recipes.parse_guideline(GUIDELINE).with_files(FILES)


def studio() -> recipes.Guideline:
    drawn = {"mono.ttf": "1" * 64, "studio.png": "2" * 64, "wordmark.svg": ("3" * 64, "4" * 64)}
    return recipes.parse_guideline(GUIDELINE + STUDIO).with_files(FILES | drawn)


def resolve(**values: object) -> dict[str, recipes.Resolved]:
    return recipes.resolve(template(), VALUES | values, guideline(), revision=3)


def with_mark(text: str = TEMPLATE) -> str:
    operation = 'kind = "place_mark"\nmark = "{logo}"\nwidth = "{size}"\nanchor = "top"'
    return re.sub(r'kind = "colour_swap".*?(?=\[limits\])', operation + "\n", text, flags=re.DOTALL)


def campaign(*steps: str, rule: str = "optional", limits: str = "", more: str = "") -> recipes.Template:
    """A template with these steps as its operation; what a step says is the inside of its table."""
    header = "[operation]" if len(steps) == 1 else "[[operation]]"
    operations = "".join(f"{header}\n{step}\n" for step in steps)
    rest = f'[region]\nrule = "{rule}"\n[limits]\n{limits}\n{more}'
    return recipes.parse_template(f"{CAMPAIGN}{operations}{rest}")
