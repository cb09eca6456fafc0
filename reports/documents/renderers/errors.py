"""Why a file could not be made."""


class RenderingFailed(Exception):
    """A file could not be made; the message says why, in Vietnamese."""


class Broken(Exception):
    """A maker stopped at something in the document; the message holds its own words, for the log."""
