"""Each cell saves itself: the same rules as the form's, answered in JSON, for one row or many."""

import datetime as dt
from urllib.parse import urlencode

import pytest

from core.audit.models import AuditEntry
from core.clock import VIETNAM
from indicators.models import Actual, State, Submission
from indicators.submissions import editing, forms, workflow
from tests.indicators.submissions.views.test_entry import AUGUST, COMPLETE, SUMMARY, sent, stored
from tests.page import fields

CELLS = AUGUST + "o/"


def row(client, code, opened=None, **typed):
    """Return the data that the page sends for one row: its fields as they were opened, with what was typed into them."""
    opened = fields(client.get(AUGUST)) if opened is None else opened
    own = {name: text for name, text in opened.items() if name.endswith(f"-{code}")}
    return own | {f"{name}-{code}": text for name, text in typed.items()}


def keep(client, office, *rows, who="an", path=CELLS, **more):
    """Send rows as the page does."""
    data = {"who": str(office.people[who].pk)} | more
    for each in rows:
        data |= each
    return client.post(path, data)


def test_a_cell_is_saved_and_comes_back_as_it_stands(office, as_person):
    client = as_person("an")
    answer = keep(client, office, row(client, "I.1", numerator="80", denominator="1 10"))
    assert answer.status_code == 200 and stored(office, "I.1") is None
    assert "“1 10” không phải là số" in answer.json()["rows"]["I.1"]["html"]
    assert answer.json()["rows"]["I.1"]["words"].startswith("I.1 chưa lưu: “1 10” không phải là số")
    answer = keep(client, office, row(client, "I.1", numerator="1080", denominator="1110")).json()
    assert answer["at"] == "09:00" and answer["refusal"] == ""
    assert answer["rows"]["I.1"]["saved"] and list(answer["rows"]) == ["I.1"]
    assert 'value="1.080"' in answer["rows"]["I.1"]["html"]  # shown back grouped
    assert "1/6 chỉ tiêu có số" in answer["progress"]
    assert (stored(office, "I.1").numerator, stored(office, "I.1").entered_by.username) == (1080, "an")


def test_many_rows_at_once_each_by_itself(office, as_person):
    client = as_person("an")
    opened = fields(client.get(AUGUST))
    answer = keep(
        client,
        office,
        row(client, "I.1", opened, numerator="80", denominator="110"),
        row(client, "I.2", opened, numerator="21"),
        row(client, "II.2", opened, value="132"),
    ).json()
    assert {code: each["saved"] for code, each in answer["rows"].items()} == {"I.1": True, "I.2": False, "II.2": True}
    assert "Tử số 21 lớn hơn mẫu số 20" in answer["rows"]["I.2"]["words"]
    assert Actual.objects.filter(submission__period=office.august).count() == 2


def test_sent_twice_is_saved_once(office, as_person):
    client = as_person("an")
    typed = row(client, "I.1", numerator="80", denominator="110")
    first, second = keep(client, office, typed), keep(client, office, typed)
    assert first.json()["rows"]["I.1"]["saved"] and second.json()["rows"]["I.1"]["saved"]
    assert stored(office, "I.1").history.count() == 1
    assert Submission.objects.get(period=office.august).revision == 1


def test_two_people_in_one_cell_see_both_figures(office, as_person):
    an, binh = as_person("an"), as_person("binh")
    opened = fields(an.get(AUGUST))
    keep(binh, office, row(binh, "I.1", opened, numerator="101", denominator="200"), who="binh")
    answer = keep(an, office, row(an, "I.1", opened, numerator="105", denominator="200")).json()["rows"]["I.1"]
    assert not answer["saved"] and "có người vừa lưu số khác" in answer["words"]
    assert "Trần Thị Bình vừa lưu I.1 là 101 / 200 lúc 09:00; số đang gõ là 105 / 200" in answer["html"]
    assert stored(office, "I.1").numerator == 101
    mine = answer["html"].split('name="keep-I.1" value="')[2][:16]
    choice = row(an, "I.1", opened, numerator="105", denominator="200") | {"keep-I.1": mine}
    assert keep(an, office, choice).json()["rows"]["I.1"]["saved"]
    assert stored(office, "I.1").numerator == 105


def test_ones_own_save_is_known_again_although_its_answer_was_lost(office, as_person):
    client = as_person("an")
    opened = fields(client.get(AUGUST))
    first = row(client, "I.1", opened, numerator="80", denominator="110")
    keep(client, office, first)  # stored, and no answer came
    later = row(client, "I.1", opened, numerator="81", denominator="110")
    lost = urlencode(first)
    assert not keep(client, office, later).json()["rows"]["I.1"]["saved"]  # from a window that knows nothing of it
    other = urlencode(row(client, "I.1", opened, numerator="1", denominator="2"))
    for tried in (["x" * 99, "a=1&" * 30, other], [lost]):
        answer = keep(client, office, later | {"tried-I.1": tried}).json()["rows"]["I.1"]
        assert answer["saved"] == (tried == [lost])
    assert stored(office, "I.1").numerator == 81


def test_the_same_figure_of_somebody_else_is_not_ones_own(office, as_person):
    an, binh = as_person("an"), as_person("binh")
    opened = fields(an.get(AUGUST))
    tried = row(an, "I.1", opened, numerator="80", denominator="110")
    keep(binh, office, tried, who="binh")
    later = row(an, "I.1", opened, numerator="81", denominator="110") | {"tried-I.1": urlencode(tried)}
    assert not keep(an, office, later).json()["rows"]["I.1"]["saved"]


def test_a_figure_taken_away_without_an_answer_is_ones_own_too(office, as_person):
    client = as_person("an")
    keep(client, office, row(client, "I.1", numerator="80", denominator="110"))
    opened = fields(client.get(AUGUST))
    empty = row(client, "I.1", opened, numerator="", denominator="")
    keep(client, office, empty)
    later = row(client, "I.1", opened, numerator="82", denominator="110") | {"tried-I.1": urlencode(empty)}
    assert keep(client, office, later).json()["rows"]["I.1"]["saved"]


def test_a_question_is_answered(office, as_person):
    client = as_person("an")
    typed = row(client, "I.2", numerator="1,970", denominator="2.000")
    assert "hai cách đọc" in keep(client, office, typed).json()["rows"]["I.2"]["words"]
    assert keep(client, office, typed | {"reading-numerator-I.2": "1970"}).json()["rows"]["I.2"]["saved"]
    assert stored(office, "I.2").numerator == 1970


def test_a_flagged_figure_is_saved_and_asks_for_a_word(office, as_person):
    client = as_person("an")
    answer = keep(client, office, row(client, "I.1", numerator="250", denominator="300")).json()["rows"]["I.1"]
    assert answer["saved"] and answer["words"] == "I.1 đã lưu, cần giải trình: Mẫu số 300 gấp 3,0 lần kỳ trước (100)."
    typed = row(client, "I.1", note="Tháng cao điểm.")
    assert keep(client, office, typed).json()["rows"]["I.1"]["words"] == ""


# Sessions, people, states


def test_an_ended_session_is_told_and_nothing_is_saved(office, client):
    answer = client.post(CELLS, {"who": "1", "seen-I.1": "x", "numerator-I.1": "80"})
    assert answer.status_code == 401
    assert answer.json() == {"login": "/dang-nhap/?next=%2Fnhap-so-lieu%2F2023-08%2F"}
    assert client.post("/nhap-so-lieu/%22%3E/o/").status_code == 401


def test_a_password_to_be_changed_comes_first(office, as_person):
    client = as_person("an")
    typed = row(client, "I.1", numerator="80", denominator="110")
    office.people["an"].must_change_password = True
    office.people["an"].save()
    assert keep(client, office, typed).status_code in (302, 401)
    assert stored(office, "I.1") is None


def test_what_one_person_typed_is_never_saved_by_another(office, as_person):
    an, binh = as_person("an"), as_person("binh")
    typed = row(an, "I.1", numerator="80", denominator="110")
    answer = keep(binh, office, typed, who="an")
    assert answer.status_code == 409 and answer.json() == {"other": "Trần Thị Bình"}
    assert stored(office, "I.1") is None


def test_strangers_and_colleagues(office, as_person):
    typed = row(as_person("an"), "I.1", numerator="80", denominator="110")
    for name in ("giang", "khanh", "lam"):
        assert keep(as_person(name), office, typed, who=name).status_code == 404
    assert keep(as_person("cuc"), office, typed, who="cuc").status_code == 200  # into her own commune's report
    assert stored(office, "I.1") is None and stored(office, "I.1", agency="x21").numerator == 80
    assert keep(as_person("binh"), office, typed, who="binh").json()["rows"]["I.1"]["saved"]


def test_only_by_post_and_only_from_here(office, client):
    strict = type(client)(enforce_csrf_checks=True)
    strict.force_login(office.people["an"])
    typed = {"who": office.people["an"].pk, "seen-I.1": "", "numerator-I.1": "1", "denominator-I.1": "2"}
    assert strict.post(CELLS, typed).status_code == 403
    assert strict.get(CELLS).status_code == 405
    assert not Submission.objects.filter(period=office.august).exists()


def test_extra_fields_change_nothing_else(office, as_person):
    client = as_person("an")
    typed = row(client, "I.1", numerator="80", denominator="110")
    extra = {"state": "approved", "agency": "x21", "approved_by": "1", "version": "9", "revision": "7", "act": "submit"}
    extra |= {"seen-I.4": "x", "numerator-I.4": "1", "denominator-I.4": "2", "entered_by": "9", "seen-X": "x"}
    assert list(keep(client, office, typed, extra).json()["rows"]) == ["I.1"]
    report = Submission.objects.get(period=office.august, actuals__isnull=False)
    assert (report.state, report.version, report.agency.code, report.actuals.count()) == (State.DRAFT, 1, "x11", 1)


@pytest.mark.parametrize(
    ("state", "why"),
    [("submitted", "đang chờ duyệt"), ("approved", "Phiếu đã duyệt"), ("closed", "đã đóng"), ("early", "chưa đến")],
)
def test_a_locked_report_says_why(office, as_person, moment, state, why):
    client = as_person("an")
    typed = row(client, "II.2", value="999")
    if state in ("submitted", "approved"):
        sent(client)
    if state == "approved":
        report = Submission.objects.get(agency=office.tree["x11"], period=office.august)
        workflow.approve(submission=report, by=office.people["dung"])
    if state == "closed":
        moment.move_to(dt.datetime(2023, 8, 21, 0, 1, tzinfo=VIETNAM))
    if state == "early":
        moment.move_to(dt.datetime(2023, 8, 14, 23, 59, tzinfo=VIETNAM))
    before = Actual.objects.count(), AuditEntry.objects.count()
    answer = keep(as_person("an"), office, typed)
    assert answer.status_code == 409 and why in answer.json()["locked"]
    assert (Actual.objects.count(), AuditEntry.objects.count()) == before


def test_no_such_period(office, as_person):
    for code in ("2023-13", "x", "2022-08"):
        assert keep(as_person("an"), office, {}, path=f"/nhap-so-lieu/{code}/o/").status_code == 404


def test_hostile_text_comes_back_as_text(office, as_person):
    client = as_person("an")
    text = """'"><script>alert(1)</script>{{ 7 }}&lt;"""
    answer = keep(client, office, row(client, "II.2", value="132", note=text)).json()["rows"]["II.2"]
    assert answer["saved"] and "<script>" not in answer["html"]
    assert stored(office, "II.2").note == text
    assert "<script>" not in keep(client, office, row(client, "II.2", value=text)).json()["rows"]["II.2"]["html"]
    assert "<script>alert" not in client.get(SUMMARY).content.decode()


def test_queries_of_one_cell(office, as_person, django_assert_num_queries):
    client = as_person("an")
    keep(
        client,
        office,
        *[
            row(client, name.rpartition("-")[2], **{name.rpartition("-")[0]: text})
            for name, text in COMPLETE.items()
            if name.startswith("value")
        ],
    )
    typed = row(client, "I.1", numerator="80", denominator="110")
    with django_assert_num_queries(14):
        keep(client, office, typed)
    with django_assert_num_queries(11):  # nothing to write; the report is held nevertheless
        keep(client, office, typed)


def test_queries_of_a_reports_first_cell(office, as_person, django_assert_num_queries):
    client = as_person("an")
    typed = row(client, "I.1", numerator="80", denominator="110")
    with django_assert_num_queries(22):
        keep(client, office, typed)
    assert stored(office, "I.1").numerator == 80


def test_a_saved_cell_is_read_and_checked_once(office, as_person, monkeypatch):
    built, checked = [], []
    init = forms.EntryForm.__init__
    monkeypatch.setattr(forms.EntryForm, "__init__", lambda *args: (built.append(1), init(*args))[1])
    client = as_person("an")
    typed = row(client, "I.1", numerator="80", denominator="110")
    for module in (forms, editing):
        name = "flaws_in" if module is forms else "problem_with"
        check = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args, check=check: (checked.append(1), check(*args))[1])
    built.clear()
    assert keep(client, office, typed).json()["rows"]["I.1"]["saved"]
    assert (len(built), len(checked)) == (1, 1)
