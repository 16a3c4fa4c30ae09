"""The prompt of an edit: a template's words with values that cannot become instructions."""

import re
import unicodedata
from collections.abc import Mapping

from workbench.recipes.guidelines import Guideline
from workbench.recipes.parameters import PLACEHOLDER, CopyParameter
from workbench.recipes.templates import Template
from workbench.recipes.values import Resolved

#: control syntax of generative engines: chat tokens, tags, instruction marks, weights, flags, headings, code fences
CONTROL = re.compile(
    r"<\|.*?\|>|</?[^<>]*>|\[/?(?:INST|SYS|SYSTEM|USER|ASSISTANT|TOOL|BOS|EOS)\]|::-?[\d.]*"
    r"|(?<!\w)--+[A-Za-z][\w-]*|#{2,}|[`<>{}\\]",
    re.IGNORECASE,
)
#: full-width twins of control characters, which tokenizers fold to the plain ones
TWINS = str.maketrans("＜＞｛｝｜＼｀＃＂", '<>{}|\\`#"')
LONGEST_VALUE = 2000


def render_prompt(template: Template, resolved: Mapping[str, Resolved], guideline: Guideline | None = None) -> str:
    """The template's prompt with `resolved` values, each as harmless words on one line.

    Copy stands in “quotation marks” that it cannot close. With a guideline, colours and marks go by their names too:
    “Aster blue (#2747B8)”. The region reads “the marked area”. Placeholders are filled in one pass, so that a value
    that looks like one stays text.
    """
    kinds = {parameter.name: parameter for parameter in template.parameters}

    def words(found: re.Match[str]) -> str:
        parameter = kinds[found[1]]
        if parameter.kind == "region":
            return "the marked area"
        value = str(resolved[parameter.name])
        if isinstance(parameter, CopyParameter):
            return f"“{harmless(value)}”"
        if parameter.kind == "mark":
            mark = guideline.mark(value) if guideline else None
            return harmless(mark.name) if mark else "the supplied mark"
        colour = guideline.colour(value) if guideline and "colour" in parameter.kind else None
        unit = getattr(parameter, "unit", "")
        return f"{harmless(colour.name)} ({colour.hex})" if colour else harmless(f"{value} {unit}".strip())

    return PLACEHOLDER.sub(words, template.prompt)


def harmless(text: str) -> str:
    """`text` on one line without control characters, quotation marks, braces and engine control syntax.

    Invisible characters (Unicode categories C*, line and paragraph separators) become spaces; what remains is cut at
    2,000 characters. Stripping is repeated until nothing is left to strip, so that nothing can be assembled by it.
    """
    text = unicodedata.normalize("NFC", text[:LONGEST_VALUE]).translate(TWINS)
    text = "".join(
        " " if unicodedata.category(one) in ("Zl", "Zp") or unicodedata.category(one)[0] == "C" else one for one in text
    )
    text = re.sub(r"[\"“”„‟«»]", "'", text)
    stripped = CONTROL.sub("", text)
    while stripped != text:
        text, stripped = stripped, CONTROL.sub("", stripped)
    return " ".join(text.split())
