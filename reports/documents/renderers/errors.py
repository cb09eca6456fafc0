"""Errors of rendering."""


class RenderingFailed(Exception):
    """Raised where a file could not be rendered; the message says why, in Vietnamese."""


class Broken(Exception):
    """Raised where a renderer stopped at something in the document; the message holds its own words, for the log."""
