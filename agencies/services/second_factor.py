"""The second factor of accounts: enrolment, codes at sign-in, recovery codes, reset. Codes follow RFC 6238, of which every
authenticator app has the same six digits. Nothing that makes a code lies in the database (decision 0344)."""

import base64
import datetime as dt
import secrets
import time
from enum import Enum, auto
from urllib.parse import quote, urlencode

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp.oath import TOTP

from agencies import notifications
from agencies.audit_acts import AccountAct
from agencies.forms import APP_DIGITS, RECOVERY_DIGITS
from agencies.hashers import OneTimeCodeHasher
from agencies.models import RecoveryCode, SecondFactor, User
from agencies.roles import Role
from agencies.services.sessions import sessions_of
from core import clock
from core.audit.services import audit
from core.installation.queries import current

RECOVERY_CODES = 10
# Steps of half a minute by which a phone's clock may differ.
DRIFT = 1
# Wrong codes in a row, from any addresses, after which none is accepted for a time.
MOST_FAILURES = 5
LOCK = dt.timedelta(minutes=15)
# Who must have a second factor where the installation requires one.
REQUIRED_ROLES = (Role.ADMIN, Role.STANDING)


class Verdict(Enum):
    """Outcomes of a typed code."""

    RIGHT = auto()
    WRONG = auto()
    LOCKED = auto()


def new_mark() -> str:
    """Return the mark of a new enrolment."""
    return secrets.token_hex(16)


def _key(user: User, mark: str) -> bytes:
    """Return the secret of an enrolment: 160 bits, derived from the product's own key."""
    return salted_hmac("agencies.second_factor", f"{user.pk}:{mark}", algorithm="sha256").digest()[:20]


def secret_words(user: User, mark: str) -> str:
    """Return the secret as it is typed into an app where no picture can be taken: letters in groups of four."""
    letters = base64.b32encode(_key(user, mark)).decode()
    return " ".join(letters[start : start + 4] for start in range(0, len(letters), 4))


def app_address(user: User, mark: str) -> str:
    """Return the address that an app reads from the picture."""
    issuer = current().system_name
    secret = base64.b32encode(_key(user, mark)).decode()
    label = quote(f"{issuer}:{user.get_username()}", safe="")
    return f"otpauth://totp/{label}?{urlencode({'secret': secret, 'issuer': issuer}, quote_via=quote)}"


def _step_of(user: User, mark: str, code: str, after: int) -> int | None:
    """Return the time step of an app's code; None where the code is wrong, or not later than the step `after`. The machine's own
    time counts, never a set clock: phones have the same."""
    app = TOTP(_key(user, mark), digits=APP_DIGITS)
    app.time = time.time()
    return int(app.t()) if app.verify(int(code), tolerance=DRIFT, min_t=after + 1) else None


def is_on(user: User) -> bool:
    """Return whether an account has a second factor. One query."""
    return SecondFactor.objects.filter(user=user).exists()


def is_required(user: User) -> bool:
    """Return whether the installation requires a second factor of an account; of demonstration accounts never."""
    return settings.SECOND_FACTOR == "required" and user.holds(*REQUIRED_ROLES) and not user.is_demo


def note_asked(user: User) -> dt.datetime | None:
    """Return the moment from which an account may do nothing before it has a second factor; None where it has one or needs none.
    The first call begins the days of grace."""
    if not is_required(user) or is_on(user):
        return None
    if user.second_factor_asked_at is None:
        user.second_factor_asked_at = clock.now()
        user.save(update_fields=["second_factor_asked_at"])
    return user.second_factor_asked_at + dt.timedelta(days=settings.SECOND_FACTOR_DAYS)


def codes_left(user: User) -> int:
    """Return the number of unused recovery codes."""
    return RecoveryCode.objects.filter(factor__user=user, used_at__isnull=True).count()


@transaction.atomic
def enrol(*, user: User, mark: str, code: str, address: str | None = None) -> list[str] | None:
    """Turn the second factor of an account on, in place of the one before; return its recovery codes, shown this once. None where
    the code is not the app's: nothing is changed then."""
    step = _step_of(user, mark, code, 0) if len(code) == APP_DIGITS else None
    if step is None:
        return None
    facts = {"mark": mark, "enrolled_at": clock.now(), "last_step": step, "failures": 0, "failed_at": None}
    # In place: two that are sent at once meet in the same row.
    factor, _ = SecondFactor.objects.update_or_create(user=user, defaults=facts)
    audit(by=user, act=AccountAct.SECOND_FACTOR_ON, label=user.username, address=address)
    notifications.second_factor_changed(user, "Đã bật mã xác thực khi đăng nhập")
    return _new_codes(factor)


@transaction.atomic
def renew_codes(*, user: User, address: str | None = None) -> list[str] | None:
    """Return new recovery codes, shown this once; those before are void. None without a second factor."""
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None:
        return None
    audit(by=user, act=AccountAct.RECOVERY_CODES, label=user.username, address=address)
    notifications.second_factor_changed(user, "Đã tạo mã dự phòng mới")
    return _new_codes(factor)


def _new_codes(factor: SecondFactor) -> list[str]:
    """Store new recovery codes in place of all others; return them in groups of four digits."""
    # 16 digits are 53 random bits: with the slowed tries their length alone resists guessing, as that of one-time codes does.
    codes = [f"{secrets.randbelow(10**RECOVERY_DIGITS):0{RECOVERY_DIGITS}}" for _ in range(RECOVERY_CODES)]
    factor.recovery_codes.all().delete()
    hasher = OneTimeCodeHasher()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(factor=factor, hash=make_password(code, hasher=hasher)) for code in codes
    )
    return [" ".join(code[start : start + 4] for start in range(0, RECOVERY_DIGITS, 4)) for code in codes]


@transaction.atomic
def verify(*, user: User, code: str, address: str | None = None) -> Verdict:
    """Check a code at sign-in, digits only, of the app or a recovery code. A right one is spent; wrong ones are counted, and after
    MOST_FAILURES in a row none is looked at for LOCK."""
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is None:
        return Verdict.WRONG
    now = clock.now()
    if factor.failures >= MOST_FAILURES and factor.failed_at is not None:
        if dt.timedelta(0) <= now - factor.failed_at < LOCK:
            return Verdict.LOCKED
        factor.failures = 0
    if _spend(factor, code, address):
        factor.failures, factor.failed_at = 0, None
        verdict = Verdict.RIGHT
    else:
        factor.failures, factor.failed_at = factor.failures + 1, now
        verdict = Verdict.LOCKED if factor.failures >= MOST_FAILURES else Verdict.WRONG
    factor.save(update_fields=["last_step", "failures", "failed_at"])
    return verdict


def _spend(factor: SecondFactor, code: str, address: str | None) -> bool:
    """Use a code up, the factor unsaved; False where it is wrong or was used."""
    if len(code) == APP_DIGITS:
        step = _step_of(factor.user, factor.mark, code, factor.last_step)
        factor.last_step = step or factor.last_step
        return step is not None
    for row in factor.recovery_codes.filter(used_at__isnull=True):
        if check_password(code, row.hash):
            row.used_at = clock.now()
            row.save(update_fields=["used_at"])
            audit(by=factor.user, act=AccountAct.RECOVERY_CODE_USED, label=factor.user.username, address=address)
            left = factor.recovery_codes.filter(used_at__isnull=True).count()
            notifications.second_factor_changed(factor.user, f"Đã dùng một mã dự phòng, còn {left} mã")
            return True
    return False


@transaction.atomic
def turn_off(*, user: User, address: str | None = None) -> bool:
    """Turn the second factor of one's own account off; False where it is required or was off."""
    if is_required(user) or not SecondFactor.objects.filter(user=user).delete()[0]:
        return False
    audit(by=user, act=AccountAct.SECOND_FACTOR_OFF, label=user.username, address=address)
    notifications.second_factor_changed(user, "Đã tắt mã xác thực khi đăng nhập")
    return True


@transaction.atomic
def reset(*, user: User, by: User | None, address: str | None = None) -> bool:
    """Take another person's second factor away, who lost phone and recovery codes; by None is the terminal. Their sessions end, and
    they are told. False where there was none."""
    if not SecondFactor.objects.filter(user=user).delete()[0]:
        return False
    Session.objects.filter(session_key__in=[session.key for session in sessions_of(user, None)]).delete()
    audit(by=by, act=AccountAct.SECOND_FACTOR_RESET, label=user.username, address=address)
    notifications.second_factor_changed(user, "Quản trị đã bỏ mã xác thực của tài khoản")
    return True
