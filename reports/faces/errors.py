class Failed(Exception):
    """A file could not be made; the message says why, in Vietnamese."""
