"""The tile map of the province's districts."""

# The districts by their statistics codes, in rows of four as on the map.
TILE_MAP = (
    *(None, None, "290", None),
    *(None, None, "291", "292"),
    *("295", "288", "294", "293"),
    *("296", "297", "298", None),
    *("300", "299", None, None),
)
# The lowest share, in percent, of each step of the map's colour.
TILE_STEPS = ((85, 5), (70, 4), (55, 3), (40, 2), (0, 1))
