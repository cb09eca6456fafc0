"""How an act is refused: in Vietnamese, with nothing written."""


class ActionNotAllowed(Exception):
    """An act that the state, the period or the role does not allow. The message says, in Vietnamese, what and why; nothing
    was written."""


class EditConflict(ActionNotAllowed):
    """Somebody else saved the same figures in between; `current` holds what is stored now, by target."""

    def __init__(self, message, current):
        super().__init__(message)
        self.current = current
