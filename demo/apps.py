from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "demo"
    verbose_name = "Số liệu minh họa"

    def ready(self):
        from core import clock
        from demo.figures import STORY_END
        from demo.loader import stored_anchor

        clock.register_demo_clock(stored_anchor, start=STORY_END)
