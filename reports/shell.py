"""What every page's frame says: whose it is, which plan, what time, where one can go."""

from dataclasses import dataclass, field


@dataclass
class Shell:
    """The frame of a page (templates/base.html)."""

    plan: object = None
    illustrative: bool = False
    clock_note: str = ""
    now: object = None
    nav: list = field(default_factory=list)
    user_name: str = ""
    user_role: str = ""
    theme: str = ""


def shell(request):
    return {"shell": Shell()}
