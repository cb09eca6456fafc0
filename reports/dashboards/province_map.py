"""The tile map of the areas directly below the province, which stand where their own rows say (`Agency.map_row`, `.map_column`)."""

from collections.abc import Iterable

from reports.dashboards.queries.timeliness import AgencyRef

# The width of a map whose agencies say no other.
COLUMNS = 4
# The most areas that a map shows; of more there is a ranked list of bars.
MOST_TILES = 40
# The lowest share, in percent, of each step of the map's colour.
TILE_STEPS = ((85, 5), (70, 4), (55, 3), (40, 2), (0, 1))


def map_width(agencies: Iterable[AgencyRef]) -> int:
    """Return the number of columns of a map of these agencies."""
    return max([COLUMNS, *(agency.map_column for agency in agencies if agency.map_column)])


def map_cells(agencies: Iterable[AgencyRef]) -> list[AgencyRef | None]:
    """Return the cells of the map row by row, None for an empty one. An agency without a place, or whose place another one
    has, comes last."""
    agencies = list(agencies)
    placed: dict[tuple[int, int], AgencyRef] = {}
    others = []
    for agency in agencies:
        place = agency.map_row, agency.map_column
        if place[0] and place[1] and place not in placed:
            placed[place[0], place[1]] = agency
        else:
            others.append(agency)
    rows = [row for row, _ in placed]
    every_row = range(min(rows), max(rows) + 1) if rows else range(0)
    every_column = range(1, map_width(agencies) + 1)
    return [*(placed.get((row, column)) for row in every_row for column in every_column), *others]
