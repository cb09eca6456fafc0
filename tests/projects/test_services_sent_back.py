"""A report of which single figures or single projects are sent back: only these can be changed, by every way in."""

import datetime as dt
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from core.audit.models import AuditEntry
from core.notifications.models import Notification
from indicators import errors
from indicators.models import ReturnedPart, ReturnReason, State
from indicators.submissions import editing, workflow
from indicators.submissions.locks import ReasonForReturn
from indicators.submissions.validation import Figures
from projects import services
from projects.models import ProgressUpdate
from projects.services import Entry
from tests import factories
from tests.page import fields, words
from tests.projects.conftest import RUNNING

pytestmark = pytest.mark.django_db

MORE = RUNNING._replace(percent=Decimal(60))
FIGURES = Figures(Decimal(31), Decimal(100))


@pytest.fixture
def sent(world):
    """s1's report of August: two figures, project I.1; I.2 is missing. Sent."""
    world.target = factories.target(world.plan, "I.1", [world.tree["s1"]])
    world.other = factories.target(world.plan, "I.2", [world.tree["s1"]])
    report = world.open()
    figures = {target: Figures(Decimal(30), Decimal(100)) for target in (world.target, world.other)}
    editing.save_figures(submission=report, figures=figures, by=world.an)
    world.update = world.save(report=report)
    services.attach(update=world.update, upload=SimpleUploadedFile("a.pdf", b"%PDF-1.7\n1"), by=world.an)
    world.report = workflow.submit(submission=report, by=world.an)
    world.refused = lambda act: pytest.raises(errors.ActionNotAllowed, match=act)
    return world


def send_back(world, cells=None, parts=None, reason="Sửa theo từng mục."):
    why = ReasonForReturn(ReturnReason.EVIDENCE, "Chưa có biên bản.")
    world.report = workflow.return_report(
        submission=world.report,
        by=world.so,
        reason=reason,
        cells={target.pk: why for target in cells or ()},
        parts=dict.fromkeys(parts or (), why),
    )


def save_project(world, project=None, entry=MORE, seen=None):
    seen = Entry.stored(world.update).fingerprint() if seen is None else seen
    return world.save(entry, project=project, report=world.report, seen=seen)


def save_figure(world, target):
    return editing.save_figures(submission=world.report, figures={target: FIGURES}, by=world.an)


def test_only_figures_sent_back_keep_the_projects_closed(sent):
    send_back(sent, cells=[sent.target])
    with sent.refused("DA I.1: Việc này không bị trả lại"):
        save_project(sent)
    with sent.refused("DA I.2: Việc này không bị trả lại"):
        save_project(sent, project=sent.group, seen="")
    with sent.refused("Việc này không bị trả lại"):
        services.detach(document=sent.update.documents.get(), by=sent.an)
    with sent.refused("Việc này không bị trả lại"):
        services.attach(update=sent.update, upload=SimpleUploadedFile("b.pdf", b"%PDF-1.7\n2"), by=sent.an)
    with sent.refused("I.2: Số này không bị trả lại"):
        save_figure(sent, sent.other)
    save_figure(sent, sent.target)
    assert ProgressUpdate.objects.get().percent == 45


def test_only_a_project_sent_back_keeps_the_figures_closed(sent, client):
    send_back(sent, parts=["I-1"])
    for target in (sent.target, sent.other):
        with sent.refused(f"{target.code}: Số này không bị trả lại"):
            save_figure(sent, target)
    with sent.refused("DA I.2: Việc này không bị trả lại"):
        save_project(sent, project=sent.group, seen="")
    client.force_login(sent.an)
    page = client.get("/nhap-so-lieu/2023-08/")
    assert "n-I.1" not in fields(page) and "I.1" in words(page)
    assert "Trả lại: “Thiếu minh chứng. Chưa có biên bản.”" in words(page)
    assert "Chưa báo cáo. Việc này không bị trả lại nên vẫn khóa." in words(page)
    assert "Sửa 1 mục bị trả lại: DA I.1" in words(client.get("/viec-can-lam/"))
    assert save_project(sent).percent == 60
    workflow.submit(submission=sent.report, by=sent.an)
    assert sent.report.returned_parts.get().settled_at is not None
    assert ProgressUpdate.objects.get().return_reason == ""


def test_a_file_alone_mends_a_project_that_lacked_evidence(sent, client):
    sent.update.documents.update(added_at=factories.AT - dt.timedelta(days=1))
    send_back(sent, parts=["I-1"])
    client.force_login(sent.an)
    lists = ("/nhap-so-lieu/2023-08/", "/du-an/bao-cao/2023-08/", "/viec-can-lam/")

    def asked():
        return ["Thiếu minh chứng. Chưa có biên bản." in words(client.get(address)) for address in lists]

    assert asked() == [True] * 3
    services.attach(update=sent.update, upload=SimpleUploadedFile("b.pdf", b"%PDF-1.7\n2"), by=sent.an)
    assert asked() == [False] * 3
    services.detach(document=sent.update.documents.get(name="b.pdf"), by=sent.an)
    assert asked() == [True] * 3
    save_project(sent)
    assert asked() == [False] * 3


def test_both_sent_back_open_both_and_no_more(sent):
    send_back(sent, cells=[sent.other], parts=["I-1"])
    save_figure(sent, sent.other)
    save_project(sent)
    with sent.refused("I.1: Số này không bị trả lại"):
        save_figure(sent, sent.target)


def test_a_missing_project_can_be_asked_for(sent):
    send_back(sent, parts=["I-2"])
    with sent.refused("DA I.1: Việc này không bị trả lại"):
        save_project(sent)
    save_project(sent, project=sent.group, seen="")
    assert ProgressUpdate.objects.count() == 2


def test_the_whole_sent_back_opens_all(sent):
    send_back(sent)
    save_figure(sent, sent.target)
    save_project(sent)
    save_project(sent, project=sent.group, seen="")


def test_sent_back_again_opens_what_is_said_now(sent):
    send_back(sent, parts=["I-1"])
    workflow.submit(submission=sent.report, by=sent.an)
    send_back(sent, cells=[sent.target])
    with sent.refused("Việc này không bị trả lại"):
        save_project(sent)
    assert ReturnedPart.objects.get().settled_at is not None


def test_a_reopened_report_is_open_as_a_whole(sent):
    workflow.approve(submission=sent.report, by=sent.so)
    sent.report = workflow.reopen(submission=sent.report, by=sent.so, reason="Nhầm.", code=ReturnReason.WINDOW)
    assert sent.report.reopen_reason == "Sai kỳ số liệu. Nhầm."
    sent.update = sent.report.project_updates.get()
    save_figure(sent, sent.other)
    save_project(sent)


def test_an_operators_load_settles_what_was_sent_back(sent, tmp_path):
    from django.core.management import call_command

    workflow.approve(submission=sent.report, by=sent.so)
    sent.report = workflow.reopen(submission=sent.report, by=sent.so, reason="Nhầm.", code=ReturnReason.WINDOW)
    workflow.submit(submission=sent.report, by=sent.an)
    send_back(sent, parts=["I-1"])
    file = tmp_path / "so-lieu.csv"
    file.write_text(
        "period,agency,target,numerator,denominator,value,note\n2023-08,s1,I.1,32,100,,\n2023-08,s1,I.2,32,100,,\n"
    )
    call_command("import_actuals", str(file), restate="Nhầm tử số.")
    sent.report.refresh_from_db()
    assert sent.report.state == State.SUBMITTED
    assert not ReturnedPart.objects.pending().exists()
    assert sent.report.project_updates.get().return_reason == ""


def test_a_part_that_the_report_does_not_hold(sent):
    with sent.refused("Có mục không thuộc phiếu này"):
        send_back(sent, parts=["IX-1"])
    sent.report.refresh_from_db()
    assert sent.report.state == State.SUBMITTED


def test_the_reviewers_page_wants_a_reason_and_a_word(sent, client):
    client.force_login(sent.so)
    address = f"/duyet/{sent.report.pk}/"
    form = fields(client.get(address)) | {"act": "return"}
    assert {"part-I-1", "why-part-I-1", "part-I-2"} <= form.keys()
    for half in ({"part-I-1": "Chưa có biên bản."}, {"why-part-I-1": "evidence"}):
        page = client.post(address, form | half)
        assert page.status_code == 422
        assert "Chọn một lý do trong danh sách và ghi rõ cần sửa gì." in words(page)
        assert fields(page)["part-I-1"] == half.get("part-I-1", "")
        assert fields(page)["why-part-I-1"] == half.get("why-part-I-1", "")
    whole = {"part-I-1": "Chưa có biên bản.", "why-part-I-1": "evidence"}
    refused = client.post(address, form | whole | {"act": "approve"})
    assert refused.status_code == 422 and "DA I.1 đang có lý do trả lại." in words(refused)
    assert client.post(address, form | whole).status_code == 302
    returned = ReturnedPart.objects.get()
    assert (returned.part, returned.text) == ("I-1", "Thiếu minh chứng. Chưa có biên bản.")
    assert ProgressUpdate.objects.get().return_reason == "Thiếu minh chứng. Chưa có biên bản."
    assert AuditEntry.objects.get(act="trả lại phiếu").detail["parts"] == ["I-1"]
    assert "DA I.1: Thiếu minh chứng. Chưa có biên bản." in Notification.objects.get(person=sent.binh).text
