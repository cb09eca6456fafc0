"""Page on which the places of the tile map are arranged: row and column typed, or moved by arrows, shown first, then stored."""

from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies import territory
from agencies.http import SignedInRequest
from agencies.models import MAP_COLUMNS, MAP_ROWS, Agency, Level
from agencies.services import organisation
from agencies.services.organisation import Cell
from core import clock, formatting
from indicators.models import DEFINERS
from reports.dashboards.province_map import MOST_TILES, map_cells, map_width
from reports.dashboards.queries.timeliness import AgencyRef

# The steps of the arrows, by their names in the form: rows, columns, label, icon.
ARROWS = {
    "len": (-1, 0, "Lên", "up"),
    "xuong": (1, 0, "Xuống", "down"),
    "trai": (0, -1, "Sang trái", "prev"),
    "phai": (0, 1, "Sang phải", "next"),
}
MOST_DIGITS = 2


@dataclass
class Place:
    """An area with what was typed for it; problem: the reason why that cannot be."""

    agency: Agency
    row: str
    column: str
    problem: str = ""

    @property
    def cell(self) -> Cell | None:
        """The cell that was typed; None where nothing was."""
        return (int(self.row), int(self.column)) if self.row and self.column else None


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def layout(request: SignedInRequest) -> HttpResponse:
    """Show the areas with their cells and the map that these give. POST moves one by an arrow (`move`), shows what was typed
    (`act=xem`), or stores it (`act=luu`); for the administration and the standing agency."""
    if not request.user.holds(*DEFINERS):
        raise Http404("Không có trang này.")
    places = [Place(agency, str(agency.map_row or ""), str(agency.map_column or "")) for agency in _areas()]
    moved, is_posted = "", request.method == "POST"
    if is_posted:
        _read(request.POST, places)
        if not any(place.problem for place in places):
            moved = request.POST.get("move", "")
            _move(places, moved)
            cells = {place.agency.code: place.cell for place in places}
            if request.POST.get("act") == "luu":
                try:
                    count = organisation.place_on_map(
                        places=cells, by=request.user, address=request.META["REMOTE_ADDR"]
                    )
                except organisation.BadMap as bad:
                    _tell(places, bad.problems)
                else:
                    messages.success(request, f"Đã lưu bản đồ: {formatting.number(count)} nơi đổi ô.")
                    return redirect("map_layout")
            else:
                _tell(places, organisation.map_problems(cells))
    shown = [place.agency for place in places]
    faulty = any(place.problem for place in places)
    if not faulty:
        for place in places:
            place.agency.map_row, place.agency.map_column = place.cell or (None, None)
    tiles = cast("list[AgencyRef]", shown)
    context = {
        "places": places,
        "faulty": faulty,
        "moved": moved,
        "is_unsaved": is_posted,
        "arrows": ARROWS.items(),
        "tiles": map_cells(tiles),
        "columns": map_width(tiles),
        "rows": MAP_ROWS,
        "most_columns": MAP_COLUMNS,
        "most": MOST_TILES,
        "is_list": len(places) > MOST_TILES,
    }
    return render(request, "reports/dashboards/map_layout.html", context, status=422 if faulty else 200)


def _areas() -> list[Agency]:
    """Return the areas directly below the province today. Two queries."""
    province, today = Agency.objects.filter(level=Level.PROVINCE).first(), clock.today()
    if province is None:
        return []
    below = Agency.objects.in_force(today).placed_below(province, today)
    return list(below.filter(level__in=territory.AREAS).in_order())


def _read(data: QueryDict, places: list[Place]) -> None:
    """Take what was typed into the places; what is no cell is told."""
    for place in places:
        code = place.agency.code
        place.row, place.column = (data.get(f"{name}-{code}", "").strip()[:8] for name in ("hang", "cot"))
        typed = [text for text in (place.row, place.column) if text]
        if len(typed) == 1:
            place.problem = "Ghi cả hàng và cột, hoặc để trống cả hai."
        elif any(not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS) for text in typed):
            place.problem = f"Hàng từ 1 đến {MAP_ROWS}, cột từ 1 đến {MAP_COLUMNS}."


def _move(places: list[Place], move: str) -> None:
    """Move a place by one cell (`code arrow`); the one that is there takes its cell. One without a cell gets the first free one."""
    code, _, arrow = move.partition(" ")
    place = next((place for place in places if place.agency.code == code), None)
    if place is None or arrow not in ARROWS:
        return
    by_cell = {each.cell: each for each in places if each.cell is not None}
    if place.cell is None:
        cells = ((row, column) for row in range(1, MAP_ROWS + 1) for column in range(1, MAP_COLUMNS + 1))
        target = next((cell for cell in cells if cell not in by_cell), None)
    else:
        rows, columns, _, _ = ARROWS[arrow]
        target = place.cell[0] + rows, place.cell[1] + columns
    if target is None or not (1 <= target[0] <= MAP_ROWS and 1 <= target[1] <= MAP_COLUMNS):
        return
    other = by_cell.get(target)
    if other is not None:
        other.row, other.column = place.row, place.column
    place.row, place.column = map(str, target)


def _tell(places: list[Place], problems: dict[str, str]) -> None:
    for place in places:
        place.problem = problems.get(place.agency.code, "")
