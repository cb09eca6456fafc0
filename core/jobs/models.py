"""Jobs: long work that a person has asked for, one row each."""

import datetime as dt
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q

from core.fields import LineField, ProseField


class JobState(models.TextChoices):
    """The state of a job."""

    QUEUED = "queued", "Đang chờ"
    RUNNING = "running", "Đang làm"
    DONE = "done", "Đã xong"
    FAILED = "failed", "Không xong"
    INTERRUPTED = "interrupted", "Bị gián đoạn"


# A worker writes a heartbeat at least this often; a job without one for longer has lost its worker.
JOB_SILENCE = dt.timedelta(minutes=2)
# A queued job that no worker has taken up after this long is enqueued again: the broker may have lost its message.
JOB_PICKUP_LIMIT = dt.timedelta(minutes=1)
# The reason of a job that failed by a fault of the system and not of what was asked begins with these words.
SYSTEM_FAULT = "Có lỗi của hệ thống"
# Jobs and their files are stored this long after they ended.
JOB_RETENTION = dt.timedelta(days=30)


# Jobs that nobody has done yet.
UNDER_WAY = Q(state__in=[JobState.QUEUED, JobState.RUNNING])


def is_broken(since: dt.datetime) -> Q:
    """Return the condition of jobs that ended since then by a fault of the system and were not done again."""
    by_fault = Q(state=JobState.FAILED, error__startswith=SYSTEM_FAULT) | Q(state=JobState.INTERRUPTED)
    return by_fault & Q(finished_at__gt=since)


class JobQuerySet(models.QuerySet["Job"]):
    def visible_to(self, user: Any) -> Self:
        """Return the jobs that a user may open: their own; the administration sees all."""
        if not user.is_active:
            return self.none()
        return self if user.may_see_all_jobs else self.filter(owner=user)

    def under_way(self) -> Self:
        """Return the jobs that are queued or running."""
        return self.filter(UNDER_WAY)

    def silent(self, now: dt.datetime) -> Self:
        """Return the jobs marked as running without a heartbeat for JOB_SILENCE: their worker is dead."""
        return self.filter(state=JobState.RUNNING, heartbeat_at__lt=now - JOB_SILENCE)

    def not_taken_up(self, now: dt.datetime) -> Self:
        """Return the queued jobs that no worker has taken up within JOB_PICKUP_LIMIT."""
        return self.filter(state=JobState.QUEUED, heartbeat_at__lt=now - JOB_PICKUP_LIMIT)

    def expired(self, now: dt.datetime) -> Self:
        """Return the jobs that ended longer ago than JOB_RETENTION."""
        return self.exclude(UNDER_WAY).filter(heartbeat_at__lt=now - JOB_RETENTION)


class Job(models.Model):
    """Long work that a person has asked for; it runs in the background and reports its progress here.

    `kind` names its handler (`core.jobs.runner`), `params` are the handler's arguments (ids and texts, no figures), `attempt`
    counts its starts: a process that lost its job to a later attempt can write nothing any more.
    """

    kind = models.CharField("loại việc", max_length=40)
    title = LineField("việc", max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name="người yêu cầu", on_delete=models.PROTECT, related_name="jobs"
    )
    key = models.CharField("khóa", max_length=200, blank=True)
    params = models.JSONField("tham số", default=dict)
    state = models.CharField("trạng thái", max_length=16, choices=JobState, default=JobState.QUEUED)
    attempt = models.PositiveSmallIntegerField("lần chạy", default=0)
    done = models.PositiveIntegerField("đã làm", default=0)
    total = models.PositiveIntegerField("tất cả", default=0)
    message = LineField("đang làm gì", max_length=300, blank=True)
    error = ProseField("vì sao không xong", blank=True)
    created_at = models.DateTimeField("yêu cầu lúc")
    started_at = models.DateTimeField("bắt đầu lúc", null=True, blank=True)
    heartbeat_at = models.DateTimeField("có tin lúc")
    finished_at = models.DateTimeField("kết thúc lúc", null=True, blank=True)
    link = models.CharField("xem kết quả", max_length=300, blank=True)
    file = models.FileField("tệp kết quả", max_length=200, blank=True)
    file_name = models.CharField("tên tệp", max_length=200, blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "công việc"
        verbose_name_plural = "công việc"
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=JobState.values),
                name="job_state_known",
                violation_error_message="Trạng thái không hợp lệ.",
            ),
            models.UniqueConstraint(
                fields=["owner", "key"],
                condition=~Q(key="") & Q(state__in=[JobState.QUEUED, JobState.RUNNING]),
                name="job_one_at_a_time",
                violation_error_message="Việc này đang được làm.",
            ),
        ]
        indexes = [models.Index(fields=["state", "heartbeat_at"], name="job_watch")]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        from django.urls import reverse

        return reverse("job", args=[self.pk])

    def state_at(self, now: dt.datetime) -> JobState:
        """Return the state to show: a job whose worker is dead is interrupted, also before that is stored."""
        if self.state == JobState.RUNNING and self.heartbeat_at < now - JOB_SILENCE:
            return JobState.INTERRUPTED
        return JobState(self.state)
