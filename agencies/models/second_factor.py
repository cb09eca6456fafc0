"""The second factor of an account: an authenticator app, and recovery codes for a lost phone."""

from django.db import models

from agencies.models.user import User


class SecondFactor(models.Model):
    """The app of one account. Its secret is derived from the product's key (`services.second_factor`), not stored.

    mark: makes the secret of each enrolment another one. last_step: the time step of the last accepted code; no code of it or of an
    earlier one is accepted again. failures, failed_at: wrong codes in a row, from any address, and the last one's moment.
    """

    user = models.OneToOneField(User, verbose_name="tài khoản", on_delete=models.CASCADE, related_name="second_factor")
    mark = models.CharField("dấu của lần bật", max_length=32)
    enrolled_at = models.DateTimeField("bật lúc")
    last_step = models.BigIntegerField("bước thời gian đã dùng", default=0)
    failures = models.PositiveIntegerField("số lần sai liền nhau", default=0)
    failed_at = models.DateTimeField("lần sai gần nhất", null=True)

    class Meta:
        verbose_name = "mã xác thực"
        verbose_name_plural = "mã xác thực"

    def __str__(self) -> str:
        return str(self.user)


class RecoveryCode(models.Model):
    """A code that replaces the app once. Only its hash is stored."""

    factor = models.ForeignKey(
        SecondFactor, verbose_name="mã xác thực", on_delete=models.CASCADE, related_name="recovery_codes"
    )
    hash = models.CharField("mã băm", max_length=128)
    used_at = models.DateTimeField("dùng lúc", null=True)

    class Meta:
        verbose_name = "mã dự phòng"
        verbose_name_plural = "mã dự phòng"

    def __str__(self) -> str:
        return str(self.factor)
