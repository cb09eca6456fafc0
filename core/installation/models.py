"""The model of the province that an installation serves."""

import re

from django.db import models
from django.db.models import Q

from core.fields import LineField

# Said where the province gave its system no name of its own.
PRODUCT = "Chuyển đổi số"


def renamed(text: str, old: str, new: str, *others: str) -> str:
    """Return a text in which a province's name, with its kind (`tỉnh …`) or without, is another's, in the same capitals. others:
    more names that it had before."""
    spelled: dict[str, str] = {}
    for former in filter(None, (old, *others)):
        bare = [name.removeprefix("tỉnh ").removeprefix("thành phố ") for name in (former, new)]
        for before, after in (bare, (former, new)):
            for spell in (str.upper, _begun, str):
                spelled.setdefault(spell(before), spell(after))
    if not spelled:
        return text
    longest_first = sorted(spelled, key=len, reverse=True)
    return re.sub(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", lambda match: spelled[match[0]], text)


def _begun(name: str) -> str:
    return name[:1].upper() + name[1:]


class Installation(models.Model):
    """The province that this installation serves: one row, none before it was set up.

    province: its name as in the middle of a sentence, with the kind (`tỉnh …`, `thành phố …`); standing_agency: the agency
    that runs the system; logo: the picture itself, small; logo_digest: names its content in its address, empty without one;
    former_province: the province's name before it became part of another one, empty without such a change.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    province = LineField(
        "tên tỉnh, thành phố", max_length=80, help_text="Viết như ở giữa câu, có cả chữ “tỉnh” hoặc “thành phố”."
    )
    former_province = LineField("tên tỉnh trước đó", max_length=80, blank=True, editable=False)
    system_name = LineField(
        "tên hệ thống", max_length=80, default=PRODUCT, help_text="Hiện ở đầu mỗi trang và ở tên cửa sổ."
    )
    standing_agency = LineField(
        "cơ quan thường trực", max_length=200, help_text="Cơ quan vận hành hệ thống, viết đủ tên."
    )
    support_phone = LineField("điện thoại hỗ trợ", max_length=60, blank=True)
    support_hours = LineField(
        "giờ hỗ trợ",
        max_length=80,
        blank=True,
        default="giờ hành chính",
        help_text="Ví dụ: 7:30 đến 17:00, thứ Hai đến thứ Sáu.",
    )
    logo = models.BinaryField("biểu trưng", null=True, blank=True)
    logo_type = models.CharField("loại tệp của biểu trưng", max_length=20, blank=True, editable=False)
    logo_digest = models.CharField("mã của biểu trưng", max_length=16, blank=True, editable=False)

    class Meta:
        verbose_name = "thông tin của tỉnh"
        verbose_name_plural = "thông tin của tỉnh"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="installation_is_one")]

    def __str__(self) -> str:
        return self.system_name

    @property
    def title(self) -> str:
        """Return `Chuyển đổi số tỉnh …`; the product's name alone before the province is known."""
        return f"{PRODUCT} {self.province}".strip()

    @property
    def source(self) -> str:
        """Return the name of this system as the source of a figure or a letter."""
        return f"theo dõi kế hoạch chuyển đổi số {self.province}".strip()

    @property
    def committee(self) -> str:
        """Return `UBND tỉnh …`; empty before the province is known."""
        return f"UBND {self.province}" if self.province else ""

    @property
    def support(self) -> str:
        """Return those to whom a person turns for help, as in the middle of a sentence."""
        whose = f"quản trị của {self.standing_agency}" if self.standing_agency else "quản trị hệ thống"
        return f"{whose} (điện thoại {self.support_phone})" if self.support_phone else whose

    @property
    def support_line(self) -> str:
        """Return who helps, when, and under which number."""
        phone = f"điện thoại {self.support_phone}" if self.support_phone else ""
        parts = (self.standing_agency or "quản trị hệ thống", self.support_hours, phone)
        return ", ".join(part for part in parts if part)

    @property
    def administration(self) -> str:
        """Return the heading of the administration's pages."""
        return f"Quản trị hệ thống {self.system_name}"

    def named_now(self, text: str) -> str:
        """Return a text, such as the issuer of a plan of before, with the province's name of today, whichever of its former names
        stands there. One query where the province was renamed."""
        if not self.former_province:
            return text
        changes = ProvinceChange.objects.filter(replaced__isnull=False).values_list("replaced", flat=True)
        earlier = {change["facts"]["province"][0] for change in changes if change} - {self.province}
        return renamed(text, self.former_province, self.province, *sorted(earlier))


class ProvinceChange(models.Model):
    """The province's name from a day on, when it becomes part of another one. standing_agency: empty where it stays; replaced:
    what the change replaced when it was taken over; None until then."""

    first_day = models.DateField("từ ngày", unique=True)
    province = LineField("tên tỉnh, thành phố", max_length=80)
    standing_agency = LineField("cơ quan thường trực", max_length=200, blank=True)
    replaced = models.JSONField("nội dung đã thay", null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "thay đổi của tỉnh"
        verbose_name_plural = "thay đổi của tỉnh"
        ordering = ["first_day"]

    def __str__(self) -> str:
        return f"{self.province} từ {self.first_day:%d/%m/%Y}"
