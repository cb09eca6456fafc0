"""Codes of the second factor: which are accepted, when, and how often."""

import datetime as dt
import time

import pytest
import time_machine
from django_otp.oath import TOTP

from agencies.models import RecoveryCode, SecondFactor
from agencies.roles import Role
from agencies.services import second_factor
from agencies.services.second_factor import Verdict
from core.audit.models import AuditEntry
from core.notifications.models import Notification
from tests import factories, worlds

pytestmark = [pytest.mark.django_db, pytest.mark.once]


@worlds.shared()
def people():
    """An administrator and a focal point."""
    return {"anh": factories.person("anh", None, Role.ADMIN), "hoa": factories.person("hoa", None, Role.FOCAL)}


@pytest.fixture(autouse=True)
def moment():
    with time_machine.travel(dt.datetime(2026, 12, 1, 2, 0, 15, tzinfo=dt.UTC), tick=False) as traveller:
        yield traveller


def code_of(user, mark, steps=0):
    """The code that the app of an enrolment shows, so many half minutes from now."""
    app = TOTP(second_factor._key(user, mark))
    app.time = time.time() + 30 * steps
    return f"{app.token():06}"


def turned_on(user):
    """(mark, recovery codes) of a second factor that was just turned on."""
    mark = second_factor.new_mark()
    return mark, second_factor.enrol(user=user, mark=mark, code=code_of(user, mark))


def verdict(user, code):
    return second_factor.verify(user=user, code=code.replace(" ", ""))


def test_the_secret_is_nowhere_in_the_database(people):
    mark, _ = turned_on(people["anh"])
    secret = second_factor.secret_words(people["anh"], mark).replace(" ", "")
    assert len(secret) == 32  # 160 bits
    assert f"secret={secret}&" in second_factor.app_address(people["anh"], mark)
    stored = SecondFactor.objects.values_list().get()
    assert secret not in str(stored)
    # Another account, and another enrolment of the same one, have another secret.
    others = (second_factor.secret_words(people["hoa"], mark), second_factor.secret_words(people["anh"], "0" * 32))
    assert len({secret, *others}) == 3


def test_a_wrong_code_turns_nothing_on(people):
    mark = second_factor.new_mark()
    wrong = f"{(int(code_of(people['anh'], mark)) + 1) % 10**6:06}"
    assert second_factor.enrol(user=people["anh"], mark=mark, code=wrong) is None
    assert not second_factor.is_on(people["anh"])


def test_a_code_opens_once(people, moment):
    mark, _ = turned_on(people["anh"])
    # The code of the enrolment itself is spent.
    assert verdict(people["anh"], code_of(people["anh"], mark)) is Verdict.WRONG
    moment.shift(30)
    code = code_of(people["anh"], mark)
    assert verdict(people["anh"], code) is Verdict.RIGHT
    assert verdict(people["anh"], code) is Verdict.WRONG


@pytest.mark.parametrize(("steps", "expected"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_a_phones_clock_may_differ_by_one_step(people, moment, steps, expected):
    mark, _ = turned_on(people["anh"])
    moment.shift(600)
    assert (verdict(people["anh"], code_of(people["anh"], mark, steps)) is Verdict.RIGHT) == expected


def test_an_earlier_code_than_the_last_is_refused(people, moment):
    mark, _ = turned_on(people["anh"])
    moment.shift(600)
    assert verdict(people["anh"], code_of(people["anh"], mark, 1)) is Verdict.RIGHT
    assert verdict(people["anh"], code_of(people["anh"], mark, 0)) is Verdict.WRONG


def test_five_wrong_codes_lock_the_account_for_a_quarter_of_an_hour(people, moment):
    mark, codes = turned_on(people["anh"])
    moment.shift(600)
    given = [verdict(people["anh"], "0000000000000000") for _ in range(5)]
    assert given == [Verdict.WRONG] * 4 + [Verdict.LOCKED]
    assert verdict(people["anh"], code_of(people["anh"], mark)) is Verdict.LOCKED
    assert verdict(people["anh"], codes[0]) is Verdict.LOCKED
    moment.shift(15 * 60)
    assert verdict(people["anh"], code_of(people["anh"], mark)) is Verdict.RIGHT


def test_a_recovery_code_opens_once(people):
    _, codes = turned_on(people["anh"])
    assert len(set(codes)) == 10 and all(len(code) == 19 for code in codes)
    assert verdict(people["anh"], codes[3]) is Verdict.RIGHT
    assert verdict(people["anh"], codes[3]) is Verdict.WRONG
    assert second_factor.codes_left(people["anh"]) == 9
    hashes = RecoveryCode.objects.values_list("hash", flat=True)
    assert not any(code.replace(" ", "") in stored for code in codes for stored in hashes)
    assert Notification.objects.filter(title="Đã dùng một mã dự phòng, còn 9 mã", person=people["anh"]).exists()


def test_new_recovery_codes_replace_the_old(people):
    _, codes = turned_on(people["anh"])
    made = second_factor.renew_codes(user=people["anh"])
    assert verdict(people["anh"], codes[0]) is Verdict.WRONG
    assert verdict(people["anh"], made[0]) is Verdict.RIGHT
    assert second_factor.renew_codes(user=people["hoa"]) is None


def test_the_days_of_grace_begin_at_the_first_sign_in(people, settings, moment):
    settings.SECOND_FACTOR = "required"
    now = dt.datetime.now(dt.UTC)
    assert second_factor.note_asked(people["anh"]) == now + dt.timedelta(days=14)
    moment.shift(dt.timedelta(days=3))
    assert second_factor.note_asked(people["anh"]) == now + dt.timedelta(days=14)
    assert second_factor.note_asked(people["hoa"]) is None
    people["anh"].is_demo = True
    assert second_factor.note_asked(people["anh"]) is None
    people["anh"].is_demo = False
    assert not second_factor.turn_off(user=people["anh"])
    turned_on(people["anh"])
    assert second_factor.note_asked(people["anh"]) is None
    assert not second_factor.turn_off(user=people["anh"])
    settings.SECOND_FACTOR = "optional"
    assert second_factor.turn_off(user=people["anh"])


def test_a_reset_is_logged_and_told(people):
    turned_on(people["anh"])
    assert second_factor.reset(user=people["anh"], by=people["hoa"])
    assert not second_factor.is_on(people["anh"])
    assert not second_factor.reset(user=people["anh"], by=people["hoa"])
    line = AuditEntry.objects.get(act="bỏ mã xác thực của tài khoản")
    assert (line.account, line.object_label) == ("hoa", "anh")
    told = Notification.objects.filter(person=people["anh"]).values_list("title", flat=True)
    assert sorted(told) == ["Quản trị đã bỏ mã xác thực của tài khoản", "Đã bật mã xác thực khi đăng nhập"]


def test_another_phone_takes_the_row_of_the_one_before(people):
    # Two that are sent at once meet in it, where a row of one's own would be refused.
    turned_on(people["anh"])
    first = SecondFactor.objects.get()
    SecondFactor.objects.update(failures=4)
    mark, codes = turned_on(people["anh"])
    second = SecondFactor.objects.get()
    assert (second.pk, second.mark, second.failures) == (first.pk, mark, 0)
    assert (len(codes), RecoveryCode.objects.count()) == (10, 10)
