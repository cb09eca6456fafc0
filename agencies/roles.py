"""The roles that a person may hold."""

from django.db import models


class Role(models.TextChoices):
    """A person's role in the plan. One person may hold several."""

    ADMIN = "admin", "Quản trị"
    STANDING = "standing", "Cơ quan thường trực"
    LEAD = "lead", "Cơ quan chủ trì"
    FOCAL = "focal", "Đầu mối"
    REVIEWER = "reviewer", "Người duyệt"
    LEADER = "leader", "Lãnh đạo"
