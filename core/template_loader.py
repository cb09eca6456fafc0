"""Loader of templates with one element a line: pages get none of the white space of that layout.

A line break in a template under `templates/` is layout. Next to a tag, of HTML or of Django, it is removed. Between words, of
which `{{ variable }}` is one, and between attributes it becomes one space. A visible space next to a tag is written on one line
with it, or as `{{ " " }}` where the line ends there.
"""

import re

from django.template import Origin, Template, TemplateSyntaxError
from django.template.loaders import filesystem

TOKENS = re.compile(
    r"(?P<whole><!--(?s:.*?)-->|\{%.*?%\}|\{#.*?#\})"
    r"|(?P<variable>\{\{.*?\}\})"
    r"|(?P<opening><(?=[a-zA-Z/!]))"
    r"|(?P<space>\s+)"
    r"|(?P<words>[^\s{<>\"]+|.)",
)


def fold(source: str) -> str:
    r"""Return the template without its layout: `<p>\n  Hạn\n  {{ day }}\n</p>` becomes `<p>Hạn {{ day }}</p>`."""
    made: list[str] = []
    in_tag = in_value = False
    after_tag = True
    for token in TOKENS.finditer(source):
        kind, text = token.lastgroup, token[0]
        if kind == "space":
            if "\n" in text:
                text = _space(source, token.end(), in_tag, in_value, after_tag)
            made.append(text)
            continue
        made.append(text)
        after_tag = kind == "whole"
        if kind == "opening":
            in_tag = True
        elif in_tag and text == '"':
            in_value = after_tag = not in_value
        elif in_tag and text == ">" and not in_value:
            in_tag, after_tag = False, True
    return "".join(made)


def _space(source: str, end: int, in_tag: bool, in_value: bool, after_tag: bool) -> str:
    """Return the space in place of a line break; `end`: the end of its white space. A value's quotes count as tags."""
    if in_tag and not in_value:
        return "" if source.startswith((">", "/>"), end) else " "
    tags = ('"' if in_value else "<", "{%", "{#")
    return "" if after_tag or end == len(source) or source.startswith(tags, end) else " "


class Loader(filesystem.Loader):
    """Read the product's templates, those of pages folded; the text of a letter keeps its lines."""

    def get_contents(self, origin: Origin) -> str:
        source: str = super().get_contents(origin)
        return fold(source) if str(origin.template_name).endswith(".html") else source

    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        try:
            return super().get_template(template_name, skip)
        except TemplateSyntaxError:
            # As it is written, for an error that names the right line.
            return filesystem.Loader(self.engine).get_template(template_name, skip)
