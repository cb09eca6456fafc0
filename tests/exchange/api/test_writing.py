"""Writing: by the rules of the entry form, all or none, once."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from exchange.models import KeptAnswer
from indicators.models import Actual, State, Submission
from tests import factories

pytestmark = pytest.mark.django_db

OWN = "me/submissions/2023-08"
RIGHT = {"figures": [{"target": "I.1", "numerator": "30", "denominator": "40.5", "note": " Đủ hồ sơ "}]}
ALL = {
    "figures": [
        {"target": "I.1", "numerator": 30, "denominator": 40},
        {"target": "I.2", "numerator": 5, "denominator": 20},
        {"target": "I.3", "value": 1},
        {"target": "II.1", "value": "12.5"},
        {"target": "II.2", "value": 140},
        {"target": "II.3", "value": "9.5"},
    ]
}


def test_what_is_to_be_reported(program):
    rows = {row["target"]: row for row in program("an").get("me/assignments?period=2023-08").json()["items"]}
    assert set(rows) == {"I.1", "I.2", "I.3", "II.1", "II.2", "II.3"}
    assert (rows["I.1"]["parts"], rows["II.2"]["parts"]) == (["numerator", "denominator"], ["value"])
    assert rows["I.1"]["locked"] == ""


def test_a_report_that_was_not_begun(program):
    told = program("an").get(OWN)
    assert (told.json()["state"], told["ETag"]) == ("not_begun", '"not-begun"')
    assert not Submission.objects.filter(period__number=8).exists()


def test_figures_are_stored_as_typed_ones_are(program, connected):
    answer = program("an").put(OWN, RIGHT)
    assert answer.status_code == 200
    told = answer.json()
    assert (told["state"], told["revision"]) == ("draft", 1)
    assert "I.2" in told["missing"]
    stored = Actual.objects.get(submission__period=connected.august)
    assert (stored.numerator, stored.denominator, stored.note) == (30, factories.Decimal("40.5"), "Đủ hồ sơ")
    assert stored.entered_by == connected.people["an"]
    assert Actual.history.first().history_change_reason == "API: Phần mềm của an"


def test_an_empty_figure_is_removed(program):
    program("an").put(OWN, RIGHT)
    assert program("an").put(OWN, {"figures": [{"target": "I.1"}]}).json()["figures"] == []


def test_nothing_arose(program):
    told = program("an").put(OWN, {"figures": [{"target": "I.1", "nothing_arose": True}]}).json()
    assert (told["figures"][0]["numerator"], told["figures"][0]["nothing_arose"]) == ("0", True)


@pytest.mark.parametrize(
    ("figure", "field"),
    [
        ({"target": "I.1", "numerator": 50, "denominator": 40}, "figures.I.1.numerator"),
        ({"target": "I.1", "numerator": 50}, "figures.I.1.denominator"),
        ({"target": "I.3", "value": 50}, "figures.I.3.value"),
        ({"target": "II.2", "value": "1.5"}, "figures.II.2.value"),
        ({"target": "II.2", "value": -1}, "figures.II.2.value"),
        ({"target": "II.2", "numerator": 1, "denominator": 2}, "figures.II.2.numerator"),
        ({"target": "I.4", "numerator": 1, "denominator": 2}, "figures.I.4.target"),
        ({"target": "IX.9", "value": 1}, "figures.IX.9.target"),
        ({"target": "I.1", "note": "chỉ có lời"}, "figures.I.1.note"),
        ({"target": "I.1", "nothing_arose": True, "numerator": 3, "denominator": 4}, "figures.I.1.numerator"),
    ],
)
def test_one_wrong_figure_stores_none(program, figure, field):
    told = program("an").put(
        OWN, {"figures": [*ALL["figures"][4:5], figure] if figure["target"] != "II.2" else [figure]}
    )
    assert (told.status_code, told.json()["code"]) == (422, "invalid_figures")
    assert field in [fault["field"] for fault in told.json()["faults"]]
    assert not Actual.objects.filter(submission__period__number=8).exists()


@pytest.mark.parametrize(
    "body",
    [
        "text",
        {},
        {"figures": 3},
        {"figures": [{"target": "I.1", "value": "NaN"}]},
        {"figures": [{"target": "I.1", "value": "một"}]},
        {"figures": [{"target": "I.1", "other": 1}]},
        {"figures": [{"target": "I.1\x00", "value": 1}]},
        {"figures": [{"target": "I.1", "note": "x" * 2001}]},
    ],
)
def test_what_cannot_be_read(program, body):
    answer = program("an").put(OWN, body)
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid"


def test_what_is_no_json(client, connected):
    headers = {"Authorization": f"Bearer {connected.keys['an']}"}
    answer = client.put(f"/api/v1/{OWN}", data="{", content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")


def test_a_trial_stores_nothing_and_says_all(program):
    answer = program("an").put(f"{OWN}?dry_run=1", RIGHT)
    assert (answer.json()["is_dry_run"], answer.json()["figures"][0]["target"]) == (True, "I.1")
    assert not Submission.objects.filter(period__number=8).exists()
    assert program("an").put(f"{OWN}?dry_run=1", {"figures": [{"target": "IX.9", "value": 1}]}).status_code == 422


def test_who_has_read_an_older_report_overwrites_nothing(program):
    an = program("an")
    first = an.get(OWN)["ETag"]
    second = an.put(OWN, RIGHT, If_Match=first)
    assert second.status_code == 200
    late = an.put(OWN, ALL, If_Match=first)
    assert (late.status_code, late.json()["code"]) == (412, "changed")
    assert an.put(OWN, ALL, If_Match=second["ETag"]).status_code == 200
    assert an.put(OWN, RIGHT, If_Match="*").status_code == 200


def test_the_same_key_has_one_effect(program):
    an = program("an")
    first = an.put(OWN, RIGHT, Idempotency_Key="thang-8-lan-1")
    again = an.put(OWN, RIGHT, Idempotency_Key="thang-8-lan-1")
    assert first.content == again.content
    assert again["ETag"] == first["ETag"]
    assert Submission.objects.get(period__number=8).revision == 1
    other = an.put(OWN, ALL, Idempotency_Key="thang-8-lan-1")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")
    assert an.put(OWN, RIGHT, Idempotency_Key="ngắn").status_code == 422


def test_a_refused_request_may_be_sent_again_with_its_key(program):
    an = program("an")
    wrong = {"figures": [{"target": "I.1", "numerator": 2, "denominator": 1}]}
    assert an.put(OWN, wrong, Idempotency_Key="thang-8-lan-2").status_code == 422
    assert KeptAnswer.objects.count() == 0
    assert an.put(OWN, RIGHT, Idempotency_Key="thang-8-lan-2").status_code == 200


def test_a_report_goes_to_its_reviewer(program, connected):
    an = program("an")
    revision = an.put(OWN, ALL).json()["revision"]
    sent = an.post(f"{OWN}/send", {"revision": revision}, Idempotency_Key="nop-thang-8")
    assert (sent.json()["state"], sent.json()["receipt"]) == ("submitted", "08-x11-01")
    assert an.post(f"{OWN}/send", {"revision": revision}, Idempotency_Key="nop-thang-8").content == sent.content
    stored = Submission.objects.get(period=connected.august)
    assert (stored.state, stored.submitted_by) == (State.SUBMITTED, connected.people["an"])
    late = an.put(OWN, RIGHT)
    assert (late.status_code, late.json()["code"]) == (409, "not_allowed")
    assert "đang chờ duyệt" in late.json()["message"]


def test_what_is_missing_must_be_known(program):
    an = program("an")
    revision = an.put(OWN, RIGHT).json()["revision"]
    refused = an.post(f"{OWN}/send", {"revision": revision})
    assert refused.status_code == 409
    missing = [fault["field"].partition(".")[2] for fault in refused.json()["faults"]]
    assert missing == ["I.2", "I.3", "II.1", "II.2", "II.3"]
    assert an.post(f"{OWN}/send", {"revision": revision, "confirm": missing}).status_code == 200


def test_only_what_was_seen_is_sent(program):
    an = program("an")
    an.put(OWN, ALL)
    assert an.post(f"{OWN}/send", {"revision": 0}).status_code == 409
    assert program("cuc").post(f"{OWN}/send", {"revision": 0}).json()["code"] == "not_begun"


def test_who_may_only_read_writes_nothing(program, connected):
    connected.systems["an"].right = "read"
    connected.systems["an"].save()
    for answer in (
        program("an").put(OWN, RIGHT),
        program("an").post(f"{OWN}/send", {"revision": 0}),
        _attach(program("an"), b"%PDF-1.4\n%%EOF\n"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (403, "read_only")
    assert program("lam").get(OWN).status_code == 404


def test_a_closed_period_takes_nothing(program):
    answer = program("an").put("me/submissions/2023-07", RIGHT)
    assert answer.status_code == 409
    assert program("an").put("me/submissions/2022-07", RIGHT).status_code == 404


def _attach(program, content, target="I.1"):
    upload = SimpleUploadedFile("chung-tu.pdf", content, content_type="application/pdf")
    headers = {"Authorization": f"Bearer {program.key}"}
    return program.client.post(f"/api/v1/{OWN}/figures/{target}/evidence", {"file": upload}, headers=headers)


def test_evidence_of_a_figure(program):
    told = _attach(program("an"), b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n")
    assert told.status_code == 201, told.content
    assert (told.json()["target"], told.json()["name"]) == ("I.1", "chung-tu.pdf")
    assert _attach(program("an"), b"MZ\x90\x00").status_code == 409
    assert _attach(program("an"), b"%PDF-1.4\n%%EOF\n", "I.4").status_code == 404
