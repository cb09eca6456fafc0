"""The bars of a report as an SVG that needs no style sheet: the same drawing in the page, the PDF and the Word file.
Colours stay distinct when printed in grey, and every bar shows its figure."""

from decimal import Decimal

from django.utils.html import escape

from reports.documents.model import Chart

WIDTH, ROW, LABEL, TEXT, LEGEND = 480, 15, 92, 134, 20
COLOURS = {
    "achieved": "#1b5e3f",
    "on_track": "#6fae8c",
    "behind": "#e0b54c",
    "at_risk": "#cf6a3c",
    "missed": "#8c1d18",
    "no_data": "#bbbbbb",
    "tracked": "#8a94a6",
}
FONT = "Times New Roman, TeX Gyre Termes, serif"


def height(chart: Chart) -> int:
    """Return the height of the drawing, in its own units."""
    return ROW * len(chart.bars) + 4 + (LEGEND if legend(chart) else 0) + (LEGEND if _has_outlines(chart) else 0)


def _has_outlines(chart: Chart) -> bool:
    return any(bar.firm is not None for bar in chart.bars)


def _outline(left: float | Decimal, top: int, width: float | Decimal, status: str) -> str:
    """Return a part of a bar that rests on too few agencies: no colour, only its edge."""
    return (
        f'<rect x="{float(left) + 0.5:.1f}" y="{top + 0.5}" width="{max(float(width) - 1, 1):.1f}" height="8" '
        f'fill="#fff" stroke="{COLOURS[status]}" stroke-width="1" stroke-dasharray="2.5 1.5"/>'
    )


def legend(chart: Chart) -> list[tuple[str, str]]:
    """Return (status, word) of the colours, where they have a meaning."""
    return list({bar.status: bar.word for bar in chart.bars if bar.word}.items())


def svg(chart: Chart) -> str:
    """Return the drawing, WIDTH units wide."""
    width = WIDTH - LABEL - TEXT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height(chart)}" width="{WIDTH}" '
        f'height="{height(chart)}" role="img" aria-label="{escape(chart.alt)}">'
    ]
    for index, bar in enumerate(chart.bars):
        top = 2 + index * ROW
        length = Decimal(bar.value) * width / 100
        firm = length if bar.firm is None else Decimal(bar.firm) * width / 100
        text = f'font-family="{FONT}" font-size="9.5" fill="#000"'
        parts.append(f'<text x="{LABEL - 5}" y="{top + 10}" text-anchor="end" {text}>{escape(bar.label)}</text>')
        parts.append(f'<rect x="{LABEL}" y="{top + 1}" width="{width}" height="11" fill="#eeeeee"/>')
        parts.append(f'<rect x="{LABEL}" y="{top + 2}" width="{firm:.1f}" height="9" fill="{COLOURS[bar.status]}"/>')
        if firm < length:
            parts.append(_outline(LABEL + firm, top + 2, length - firm, bar.status))
        if bar.mark is not None:
            at = LABEL + Decimal(bar.mark) * width / 100
            parts.append(
                f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{top}" y2="{top + 13}" stroke="#000" stroke-width="1.2"/>'
            )
        parts.append(f'<text x="{LABEL + width + 6}" y="{top + 10}" {text}>{escape(bar.shown)}</text>')
    left: float = LABEL
    top = 4 + ROW * len(chart.bars) + LEGEND - 12
    text = f'font-family="{FONT}" font-size="9" fill="#000"'
    for status, word in legend(chart):
        parts.append(f'<rect x="{left}" y="{top}" width="9" height="9" fill="{COLOURS[status]}"/>')
        parts.append(f'<text x="{left + 12}" y="{top + 8}" {text}>{escape(word)}</text>')
        left += 24 + 4.4 * len(word)
    if _has_outlines(chart):
        # On a separate line, because the first has no room for it.
        left, top = LABEL, height(chart) - 12
        parts.append(_outline(left, top, 9, "no_data"))
        parts.append(f'<text x="{left + 12}" y="{top + 8}" {text}>Chưa đủ số liệu</text>')
        left += 24 + 4.4 * len("Chưa đủ số liệu")
    if legend(chart) and any(bar.mark for bar in chart.bars):
        parts.append(f'<line x1="{left}" x2="{left}" y1="{top - 1}" y2="{top + 10}" stroke="#000" stroke-width="1.2"/>')
        parts.append(f'<text x="{left + 5}" y="{top + 8}" {text}>Ngưỡng</text>')
    return "".join([*parts, "</svg>"])
