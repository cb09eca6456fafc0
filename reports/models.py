"""Models of printed reports: letterheads, and each report with its versions (draft, published, superseded)."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Concat

from agencies.models import Agency, User
from agencies.roles import Role
from core import files
from core.fields import LineField, ProseField
from indicators.models import Basis, Charge, Plan, ReportingPeriod
from reports.letterhead import DocumentHead, load

# The folder of the reports' files.
FOLDER = "reports"
# Two types of subject that reports have (`reports.documents.scopes`): the whole province, and a charge, `nhiem-vu:VI.2`.
PROVINCE, CHARGE = "toan-tinh", "nhiem-vu"


class Letterhead(models.Model):
    """The head and foot of a plan's reports (Decree 30/2020/NĐ-CP, annex I). Edited on a page of the standing
    agency's, because each province has its own texts."""

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="letterheads")
    name = LineField("tên mẫu", max_length=100, help_text="Để chọn khi soạn, ví dụ: Báo cáo tháng trình UBND tỉnh.")
    above = LineField("cơ quan chủ quản", max_length=200, blank=True)
    issuer = LineField("cơ quan ban hành", max_length=200)
    symbol = LineField("ký hiệu", max_length=60, help_text="Phần sau số, ví dụ: BC-UBND.")
    place = LineField("địa danh", max_length=80)
    to = ProseField("kính gửi", blank=True, help_text="Mỗi nơi một dòng; để trống nếu không gửi đích danh.")
    recipients = ProseField("nơi nhận", blank=True, help_text="Mỗi nơi một dòng, không ghi dấu gạch đầu dòng.")
    unit = LineField(
        "đơn vị soạn thảo",
        max_length=30,
        blank=True,
        default="",
        help_text="Viết tắt tên phòng soạn báo cáo, ví dụ CNTT: nơi nhận ghi “Lưu: VT, CNTT.”",
    )
    left_out = models.JSONField("mục không in", default=list, blank=True)
    is_default = models.BooleanField("dùng khi không chọn", default=False)
    excerpt_is_public = models.BooleanField(
        "cho hiện trích nội dung ở trang kiểm tra",
        default=False,
        help_text="Người tra mã kiểm tra đọc được đoạn đầu của văn bản, để so với tờ giấy đang cầm.",
    )

    class Meta:
        verbose_name = "mẫu ban hành báo cáo"
        verbose_name_plural = "mẫu ban hành báo cáo"
        ordering = ["-is_default", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "name"], name="letterhead_once", violation_error_message="Kế hoạch đã có mẫu tên này."
            ),
            models.UniqueConstraint(
                fields=["plan"],
                condition=Q(is_default=True),
                name="letterhead_one_default",
                violation_error_message="Mỗi kế hoạch chỉ có một mẫu dùng khi không chọn.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Signer(models.Model):
    """A person who may sign under a letterhead, with the powers used: TM. (for a collective), KT. (for the head), TL. and TUQ. (by
    the head's order or proxy)."""

    letterhead = models.ForeignKey(Letterhead, verbose_name="mẫu", on_delete=models.CASCADE, related_name="signers")
    powers = ProseField(
        "quyền hạn, chức vụ",
        help_text="Mỗi dòng một dòng chữ, ví dụ: KT. GIÁM ĐỐC, dòng sau: PHÓ GIÁM ĐỐC; hoặc TM. ỦY BAN NHÂN DÂN.",
    )
    name = LineField("họ và tên", max_length=120, blank=True)
    position = models.PositiveSmallIntegerField("thứ tự", default=0)

    class Meta:
        verbose_name = "người ký"
        verbose_name_plural = "người ký"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return " ".join(filter(None, [*self.powers.split("\n"), self.name])).strip()


class ReportQuerySet(models.QuerySet["Report"]):
    """Reads of reports."""

    def visible_to(self, user: User) -> Self:
        """Return the reports that a user may open: all for readers of the whole province; for others the published ones that
        concern an agency of their own branch, and those that they may draft."""
        if user.reads_everything:
            return self
        if user.agency is None or not user.is_active:
            return self.none()
        branch = Agency.objects.within(user.agency).values("pk")
        published = ReportVersion.objects.filter(report=models.OuterRef("pk")).exclude(state=ReportState.DRAFT)
        concerning = Q(models.Exists(published), belongs_to__in=branch)
        return self.filter(concerning | _drafted_in_charge_of(user))

    def drafted_by(self, user: User) -> Self:
        """Return the reports that a user may draft, edit and publish: all for the standing agency; for the lead agency of a
        charge those on that charge; none for anyone else."""
        if not user.is_active:
            return self.none()
        return self if user.holds(Role.STANDING) else self.filter(_drafted_in_charge_of(user))


def subject_of_charge(charge: Charge) -> str:
    """Return the subject of a charge's report: of one over the whole plan it is the province's."""
    return PROVINCE if charge.covers_plan else f"{CHARGE}:{charge.code}"


def _drafted_in_charge_of(user: User) -> Q:
    """Return the condition of the reports on a charge that the user carries out."""
    if not user.holds(Role.LEAD) or user.agency_id is None:
        return Q(pk__in=[])
    charges = Charge.objects.carried_out_by(user).filter(plan=models.OuterRef("plan"))
    subject = Concat(models.Value(f"{CHARGE}:"), "code", output_field=models.CharField())
    subjects = charges.annotate(subject=subject)
    return Q(models.Exists(subjects.filter(subject=models.OuterRef("subject"))))


class Report(models.Model):
    """A report of a plan: its type, period, scope and basis, with all its versions. `belongs_to`: the agency that it concerns, None
    for the whole province; `is_illustrative`: its figures are demonstration figures, and it is removed with them."""

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="reports")
    kind = models.CharField("loại", max_length=32)
    span = models.CharField("kỳ", max_length=40)
    subject = models.CharField("đối tượng", max_length=60)
    basis = models.CharField("cơ sở", max_length=12, choices=Basis)
    title = LineField("tên", max_length=500)
    last_day = models.DateField("số liệu đến ngày")
    belongs_to = models.ForeignKey(
        Agency, verbose_name="của", null=True, blank=True, on_delete=models.PROTECT, related_name="reports"
    )
    is_illustrative = models.BooleanField("số liệu minh họa", default=False)

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = "báo cáo"
        verbose_name_plural = "báo cáo"
        ordering = ["-last_day", "kind", "subject"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "kind", "span", "subject", "basis"],
                name="report_once",
                violation_error_message="Báo cáo này đã có.",
            )
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("printed", args=[self.pk])


class ReportState(models.TextChoices):
    """The state of a version. Superseded: published, and a newer version has been published since."""

    DRAFT = "draft", "Dự thảo"
    PUBLISHED = "published", "Đã phát hành"
    SUPERSEDED = "superseded", "Đã có bản thay thế"


class ReportVersion(models.Model):
    """A version of a report. `snapshot`: its figures and its document as read at `made_at`; `ledger`: the agencies' figures behind
    them (`indicators.analysis.snapshot`), by which two published reports can be compared; `texts`: an editor's sentences in
    place of the document's own (by the sentence's id, each with the text that it replaced); `revision` counts the saves, so
    that two editors cannot overwrite each other. A published version never changes except by being superseded and by the scan
    of its signed sheet."""

    report = models.ForeignKey(Report, verbose_name="báo cáo", on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField("lần", default=1)
    state = models.CharField("trạng thái", max_length=12, choices=ReportState, default=ReportState.DRAFT)
    revision = models.PositiveIntegerField("lần lưu", default=0)
    snapshot = models.JSONField("bản số liệu")
    ledger = models.JSONField("số của từng đơn vị", null=True)
    texts = models.JSONField("câu đã sửa", default=dict)
    letterhead = models.ForeignKey(
        Letterhead, verbose_name="mẫu ban hành", on_delete=models.PROTECT, related_name="versions"
    )
    signer = models.ForeignKey(
        Signer, verbose_name="người ký", null=True, blank=True, on_delete=models.PROTECT, related_name="versions"
    )
    document_number = LineField("số văn bản", max_length=20, blank=True)
    document_day = models.DateField("ngày ký", null=True, blank=True)
    reason = ProseField("lý do điều chỉnh", blank=True)
    head = models.JSONField("thể thức khi phát hành", null=True)
    made_at = models.DateTimeField("lấy số liệu lúc")
    made_by = models.ForeignKey(User, verbose_name="người soạn", null=True, on_delete=models.PROTECT, related_name="+")
    published_at = models.DateTimeField("phát hành lúc", null=True)
    published_by = models.ForeignKey(
        User, verbose_name="người phát hành", null=True, on_delete=models.PROTECT, related_name="+"
    )
    code = LineField("mã kiểm tra", max_length=32, blank=True)
    scan = models.FileField("bản quét có chữ ký", max_length=200, blank=True)
    scan_name = LineField("tên tệp quét", max_length=150, blank=True)

    class Meta:
        verbose_name = "bản báo cáo"
        verbose_name_plural = "bản báo cáo"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "number"], name="version_once", violation_error_message="Bản này đã có."
            ),
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(state=ReportState.DRAFT),
                name="version_one_draft",
                violation_error_message="Báo cáo này đang có một dự thảo.",
            ),
            models.UniqueConstraint(
                fields=["report"],
                condition=Q(state=ReportState.PUBLISHED),
                name="version_one_in_force",
                violation_error_message="Mỗi báo cáo chỉ có một bản còn hiệu lực.",
            ),
            models.UniqueConstraint(
                fields=["code"],
                condition=~Q(code=""),
                name="version_code_once",
                violation_error_message="Mã kiểm tra này đã có.",
            ),
            models.CheckConstraint(
                condition=Q(state=ReportState.DRAFT, code="", published_at__isnull=True, head__isnull=True)
                | (~Q(state=ReportState.DRAFT) & ~Q(code="") & Q(published_at__isnull=False, head__isnull=False)),
                name="version_published_is_frozen",
                violation_error_message="Bản đã phát hành phải có mã kiểm tra, thời điểm và thể thức.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report.title}, lần {self.number}"

    @property
    def is_draft(self) -> bool:
        return self.state == ReportState.DRAFT

    @property
    def frozen_head(self) -> DocumentHead:
        """Return the head as published. For published versions only."""
        if self.head is None:
            raise ValueError("a draft has no frozen head")
        return load(self.head)


class DraftEdit(models.Model):
    """The last change of a sentence of a draft, or of its head (`sentence` empty). revision: of the version, by which it was
    stored."""

    version = models.ForeignKey(ReportVersion, verbose_name="bản", on_delete=models.CASCADE, related_name="edits")
    sentence = models.CharField("câu", max_length=200)
    revision = models.PositiveIntegerField("lần lưu")
    by = models.ForeignKey(User, verbose_name="người sửa", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField("sửa lúc")

    class Meta:
        verbose_name = "lần sửa dự thảo"
        verbose_name_plural = "lần sửa dự thảo"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "sentence"],
                name="draft_edit_once",
                violation_error_message="Lần sửa này đã có.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version}, {self.sentence}"


class FileState(models.TextChoices):
    """The state of a file."""

    WAITING = "waiting", "Đang tạo"
    READY = "ready", "Sẵn sàng"
    FAILED = "failed", "Không tạo được"


class ReportFile(models.Model):
    """A version in one file format, rendered once for a revision and never changed afterwards."""

    version = models.ForeignKey(ReportVersion, verbose_name="bản", on_delete=models.CASCADE, related_name="files")
    file_format = LineField("dạng", max_length=8)
    revision = models.PositiveIntegerField("của lần lưu")
    state = models.CharField("trạng thái", max_length=8, choices=FileState, default=FileState.WAITING)
    file = models.FileField("tệp", max_length=200, blank=True)
    size = models.PositiveIntegerField("kích thước", default=0)
    checksum = models.CharField("SHA-256", max_length=64, blank=True)
    error = LineField("lý do không tạo được", max_length=300, blank=True)
    asked_at = models.DateTimeField("yêu cầu lúc")
    asked_by = models.ForeignKey(
        User, verbose_name="người yêu cầu", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "tệp báo cáo"
        verbose_name_plural = "tệp báo cáo"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "file_format", "revision"],
                name="report_file_once",
                violation_error_message="Tệp này đã có.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.version}, {self.file_format}"

    @property
    def stored_name(self) -> str:
        """Return a new name to store the file under."""
        return files.stored_name(FOLDER, f"x.{self.file_format}")


class SignedCopy(models.Model):
    """A scan of the signed sheet of a version, with its checksum. All scans are stored; the version refers to the newest
    (`scan`)."""

    version = models.ForeignKey(
        ReportVersion, verbose_name="bản", on_delete=models.PROTECT, related_name="signed_copies"
    )
    file = models.FileField("tệp", max_length=200)
    name = LineField("tên tệp", max_length=150)
    checksum = models.CharField("SHA-256", max_length=64, blank=True)
    added_at = models.DateTimeField("kèm lúc", null=True)
    added_by = models.ForeignKey(User, verbose_name="người kèm", null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "bản quét có chữ ký"
        verbose_name_plural = "bản quét có chữ ký"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name}, {self.version}"


class SignedFile(models.Model):
    """A published PDF that came back with electronic signatures, proved when it was added (`documents/signatures.py`).
    published_checksum: SHA-256 of the PDF that was signed; signatures: of each its certificate's names, its moment (ISO, empty
    where it names none), and whether a time stamp vouches for it, oldest first."""

    version = models.ForeignKey(
        ReportVersion, verbose_name="bản", on_delete=models.PROTECT, related_name="signed_files"
    )
    file = models.FileField("tệp", max_length=200)
    name = LineField("tên tệp", max_length=150)
    checksum = models.CharField("SHA-256", max_length=64)
    published_checksum = models.CharField("SHA-256 của tệp đã phát hành", max_length=64)
    signatures = models.JSONField("chữ ký")
    added_at = models.DateTimeField("kèm lúc")
    added_by = models.ForeignKey(User, verbose_name="người kèm", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "bản ký số"
        verbose_name_plural = "bản ký số"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "checksum"],
                name="signed_file_once",
                violation_error_message="Tệp ký số này đã được lưu.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}, {self.version}"

    @property
    def signers(self) -> list["SignatureFacts"]:
        """The facts of its signatures, oldest first."""
        return [SignatureFacts.read(one) for one in self.signatures]


@dataclass(frozen=True)
class SignatureFacts:
    """One signature, for readers. at: None where the file names no moment; is_stamped: a time stamp vouches for it, else it is
    the clock of who signed."""

    name: str
    organisation: str
    issuer: str
    at: dt.datetime | None
    is_stamped: bool

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> "SignatureFacts":
        """Read the facts as `SignedFile.signatures` stores them."""
        at = dt.datetime.fromisoformat(stored["at"]) if stored["at"] else None
        return cls(stored["name"], stored["organisation"], stored["issuer"], at, stored["is_stamped"])


class OwnTemplate(models.Model):
    """A Word or Excel template of the province's own. kind: docx or xlsx."""

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="own_templates")
    name = LineField("tên biểu mẫu", max_length=100)
    kind = models.CharField("dạng", max_length=4, choices=[("docx", "Word"), ("xlsx", "Excel")])

    class Meta:
        verbose_name = "biểu mẫu của tỉnh"
        verbose_name_plural = "biểu mẫu của tỉnh"
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "name"],
                name="own_template_once",
                violation_error_message="Kế hoạch đã có biểu mẫu tên này.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("own_template", args=[self.pk])


class OwnTemplateVersion(models.Model):
    """One version of a template; all stay, and the one with the highest number is used."""

    template = models.ForeignKey(
        OwnTemplate, verbose_name="biểu mẫu", on_delete=models.CASCADE, related_name="versions"
    )
    number = models.PositiveSmallIntegerField("lần")
    file = models.FileField("tệp", max_length=200)
    file_name = LineField("tên tệp", max_length=150)
    checksum = models.CharField("SHA-256", max_length=64)
    added_at = models.DateTimeField("gửi lúc")
    added_by = models.ForeignKey(User, verbose_name="người gửi", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "lần của biểu mẫu"
        verbose_name_plural = "lần của biểu mẫu"
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["template", "number"],
                name="own_template_version_once",
                violation_error_message="Lần này đã có.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.template}, lần {self.number}"


class FilledTemplate(models.Model):
    """A template that was filled in with the figures of a report's version, and kept. revision: of the report's version; template:
    the version that it was made from."""

    version = models.ForeignKey(
        ReportVersion, verbose_name="bản", on_delete=models.CASCADE, related_name="filled_templates"
    )
    revision = models.PositiveIntegerField("của lần lưu")
    template = models.ForeignKey(
        OwnTemplateVersion, verbose_name="biểu mẫu", on_delete=models.PROTECT, related_name="uses"
    )
    file = models.FileField("tệp", max_length=200)
    name = LineField("tên tệp", max_length=150)
    checksum = models.CharField("SHA-256", max_length=64)
    made_at = models.DateTimeField("lập lúc")
    made_by = models.ForeignKey(User, verbose_name="người lập", on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "tệp theo biểu mẫu"
        verbose_name_plural = "tệp theo biểu mẫu"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name


class SavedView(models.Model):
    """A page that a person has saved: its address with period, filters and order, under a name of their own."""

    user = models.ForeignKey(User, verbose_name="của", on_delete=models.CASCADE, related_name="saved_views")
    name = LineField("tên", max_length=80)
    address = LineField("địa chỉ", max_length=600)
    made_at = models.DateTimeField("lúc lưu")

    class Meta:
        verbose_name = "trang đã lưu"
        verbose_name_plural = "trang đã lưu"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "name"],
                name="saved_view_name_once",
                violation_error_message="Đã có một trang lưu tên này.",
            )
        ]

    def __str__(self) -> str:
        return self.name


class PlannedRelease(models.Model):
    """The day on which a period's report is announced to be published, where it is not the one that follows from the
    calendar (`reports.documents.releases`): moved, with a public note, or written down before the calendar or its rule was
    changed. announced: the day that was announced first; None in rows older than the field."""

    period = models.OneToOneField(
        ReportingPeriod, verbose_name="kỳ", on_delete=models.PROTECT, related_name="planned_release"
    )
    day = models.DateField("ngày phát hành dự kiến")
    announced = models.DateField("ngày báo trước lần đầu", null=True, blank=True)
    note = LineField("ghi chú", max_length=300)
    changed_at = models.DateTimeField("ghi lúc")
    changed_by = models.ForeignKey(
        User, verbose_name="người ghi", null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = "ngày phát hành dự kiến"
        verbose_name_plural = "ngày phát hành dự kiến"
        ordering = ["period"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(note=""), name="planned_release_has_note", violation_error_message="Ghi rõ lý do dời ngày."
            )
        ]

    def __str__(self) -> str:
        return f"Phát hành báo cáo {self.period}: {self.day:%d/%m/%Y}"


class ReleaseFeed(models.Model):
    """The secret address at which a reader's calendar program reads the release calendar without signing in. token_hash:
    SHA-256, in hexadecimal, of the part of the address that cannot be guessed; the address itself is told once, when it is
    made."""

    user = models.OneToOneField(User, verbose_name="người dùng", on_delete=models.CASCADE, related_name="release_feed")
    token_hash = models.CharField("mã băm", max_length=64, unique=True)
    made_at = models.DateTimeField("lập lúc")

    class Meta:
        verbose_name = "địa chỉ lịch phát hành"
        verbose_name_plural = "địa chỉ lịch phát hành"
        ordering = ["user"]

    def __str__(self) -> str:
        return str(self.user)


class Mailing(models.Model):
    """Reports that are sent by mail: those of a kind, subject and length of period, at the period's close. letterhead: only those
    issued under it, None for any; days: after the close; since: periods whose day came before it are not sent."""

    plan = models.ForeignKey(Plan, verbose_name="kế hoạch", on_delete=models.PROTECT, related_name="mailings")
    kind = models.CharField("loại báo cáo", max_length=32)
    period_type = models.CharField("kỳ báo cáo", max_length=16)
    subject = models.CharField("về", max_length=60)
    letterhead = models.ForeignKey(
        Letterhead,
        verbose_name="mẫu ban hành",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="mailings",
    )
    people = models.ManyToManyField(User, verbose_name="tài khoản nhận", blank=True, related_name="+")
    addresses = ProseField("địa chỉ thư khác", blank=True)
    days = models.PositiveSmallIntegerField("gửi sau khi kỳ đóng (ngày)", default=0)
    is_paused = models.BooleanField("đang tạm dừng", default=False)
    since = models.DateField("từ ngày")

    class Meta:
        verbose_name = "lịch gửi báo cáo"
        verbose_name_plural = "lịch gửi báo cáo"
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.kind}, {self.period_type}, {self.subject}"


class MailedReport(models.Model):
    """A report that was sent to one address, or is to be. There is one row for each period and address of a mailing, so that
    nothing is sent twice; what a killed process left in `sending` may have arrived and stays `unknown`."""

    class State(models.TextChoices):
        """The state of a letter."""

        WAITING = "waiting", "Chờ gửi"
        SENDING = "sending", "Đang gửi"
        SENT = "sent", "Đã gửi"
        FAILED = "failed", "Không gửi được"
        UNKNOWN = "unknown", "Không rõ đã gửi chưa"

    mailing = models.ForeignKey(Mailing, verbose_name="lịch gửi", on_delete=models.CASCADE, related_name="letters")
    version = models.ForeignKey(ReportVersion, verbose_name="bản", on_delete=models.CASCADE, related_name="letters")
    span = models.CharField("kỳ", max_length=40)
    address = LineField("địa chỉ thư", max_length=254)
    state = models.CharField("trạng thái", max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField("số lần gửi không được", default=0)
    next_at = models.DateTimeField("gửi từ lúc")
    taken_at = models.DateTimeField("lấy đi gửi lúc", null=True, blank=True)
    error = LineField("lý do không gửi được", max_length=300, blank=True)

    class Meta:
        verbose_name = "thư gửi báo cáo"
        verbose_name_plural = "thư gửi báo cáo"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "span", "address"],
                name="mailed_report_once",
                violation_error_message="Báo cáo này đã gửi tới địa chỉ này.",
            )
        ]

    def __str__(self) -> str:
        return f"{self.address}, {self.span}"


class MailingRefusal(models.Model):
    """An address that does not want a mailing any more, by its owner's word."""

    mailing = models.ForeignKey(Mailing, verbose_name="lịch gửi", on_delete=models.CASCADE, related_name="refusals")
    address = LineField("địa chỉ thư", max_length=254)
    at = models.DateTimeField("lúc")

    class Meta:
        verbose_name = "địa chỉ thôi nhận"
        verbose_name_plural = "địa chỉ thôi nhận"
        constraints = [
            models.UniqueConstraint(
                fields=["mailing", "address"],
                name="mailing_refused_once",
                violation_error_message="Địa chỉ này đã thôi nhận.",
            )
        ]

    def __str__(self) -> str:
        return self.address
