from django.apps import AppConfig


class DemoConfig(AppConfig):
    """App of the demonstration year; it registers the demonstration clock."""

    name = "demo"
    verbose_name = "Số liệu minh họa"

    def ready(self) -> None:
        from core import clock
        from demo.figures import STORY_END
        from demo.loader import stored_anchor

        clock.register_demo_clock(stored_anchor, start=STORY_END)
