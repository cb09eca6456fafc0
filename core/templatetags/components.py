"""Components that know nothing of the domain, each with its one markup. They are built into every template (TEMPLATES in the
settings), so nothing is loaded for them. See docs/components.md.
"""

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

NOTE_ICONS = {"good": "check", "warn": "behind", "err": "at_risk", "": "info"}
# Django's message levels, in the words of the style sheet.
MESSAGE_KINDS = {"success": "good", "warning": "warn", "error": "err"}


def _attributes(css: str = "", **given: object) -> SafeString:
    """Attributes of a tag in the given order, `css` for its class; a name's underscores are hyphens, what is empty is left out."""
    values = {"class": css, **{name.replace("_", "-"): value for name, value in given.items()}}
    return format_html_join(
        "",
        " {}{}",
        ((name, "" if value is True else format_html('="{}"', value)) for name, value in values.items() if value),
    )


@register.simple_tag
def icon(name: str, css: str = "", label: str = "") -> SafeString:
    """An icon of the sprite, as tall as the text. Silent beside a word; with `label` it speaks for itself.

    {% icon "clock" %}  {% icon "at_risk" "mark-at_risk" %}  {% icon "check" label="đủ ngưỡng" %}
    """
    voice = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html('<svg class="icon{}" {}><use href="#{}"/></svg>', f" {css}" if css else "", voice, name)


@register.simple_block_tag
def note(content: str, kind: str, title: str = "", sign: str = "", css: str = "", **attributes: object) -> SafeString:
    """A message. `kind`: good, warn, err or empty; Django's message tags are understood too. `sign`: an icon other than the
    kind's. An error is read out at once, unless it has another role or none (role="").

    {% note "err" "Kỳ này đã đóng" %}Không có gì thay đổi.{% endnote %}  {# the text may be left out #}
    {% note "warn" css="margin-bottom-4" %}<b>…</b><ul>…</ul>{% endnote %}  {# a title or a text with markup #}
    """
    kind = MESSAGE_KINDS.get(kind, kind if kind in NOTE_ICONS else "")
    if title:
        css = f"{css} one" if not content else css
        content = format_html("<b>{}</b>{}", title, format_html("<span>{}</span>", content) if content else "")
    given = {"role": "alert" if kind == "err" else "", **attributes}
    return format_html(
        "<div{}>{}{}</div>",
        _attributes(css=" ".join(f"note {kind} {css}".split()), **given),
        icon(sign or NOTE_ICONS[kind]),
        content,
    )


@register.simple_tag
def save_state(kind: str, text: str) -> SafeString:
    """State of one saved row: {% save_state "good" "Đã lưu 09:38" %}; kind good, warn, err or empty."""
    sign = {"good": "check", "warn": "behind", "err": "back", "": "clock"}[kind]
    return format_html('<span class="save {}">{}{}</span>', kind, icon(sign), text)


@register.simple_block_tag
def breadcrumb(content: str, css: str = "") -> SafeString:
    """The way to a page: a `<li>` for each page above it, and one with aria-current="page" for itself.

    {% breadcrumb %}<li><a href="…">Tổng quan</a></li><li aria-current="page">III.7</li>{% endbreadcrumb %}
    """
    given = _attributes(aria_label="Đường dẫn", css=css)
    return format_html('<nav{}><ol class="breadcrumb">{}</ol></nav>', given, content)


@register.simple_block_tag
def card(content: str, title: str = "", heading: str = "", css: str = "", **attributes: object) -> SafeString:
    """A panel. `heading`: the id of its heading, by which it is named; `title`: what that says, where the header holds no more.

    {% card "Theo nhóm" heading="theo-nhom" css="margin-top-5" %}…{% endcard %}
    {% card heading="ds" %}<header><h2 id="ds">…</h2>…</header>…{% endcard %}
    """
    header = format_html("<header><h2{}>{}</h2></header>", _attributes(id=heading), title) if title else ""
    given = _attributes(css=f"card {css}".strip(), aria_labelledby=heading, **attributes)
    return format_html("<section{}>{}{}</section>", given, header, content)


@register.simple_block_tag
def scroll(content: str, label: str, css: str = "") -> SafeString:
    """A wide table that scrolls by itself, also by the keyboard: {% scroll "Bảng mục tiêu" %}<table>…</table>{% endscroll %}."""
    given = _attributes(css=f"scroll {css}".strip(), tabindex="0", role="region", aria_label=label)
    return format_html("<div{}>{}</div>", given, content)


@register.simple_block_tag
def empty_state(content: str, css: str = "") -> SafeString:
    """Words in a card that has nothing to show: {% empty_state %}Chưa có tệp nào.{% endempty_state %}."""
    return format_html("<p{}>{}</p>", _attributes(css=f"inner {css} secondary".replace("  ", " ")), content)
