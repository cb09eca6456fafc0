"""Errors by which a service refuses an action; nothing was written."""


class ActionNotAllowed(Exception):
    """An action that the state, the period or the role does not allow. The message gives the reason in Vietnamese;
    nothing was written."""


class EditConflict(ActionNotAllowed):
    """Another user saved the same figures in between; `current` holds the stored ones, by target."""

    def __init__(self, message: str, current: object) -> None:
        super().__init__(message)
        self.current = current
