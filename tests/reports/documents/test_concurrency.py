"""Heavy reports requested at once (promises F-33): a few are rendered, the rest are refused with a message, others stay served."""

import threading

import pytest

from core.concurrency import WorkLimit
from reports.documents import concurrency, services
from tests.page import words


def test_a_few_at_once_a_few_wait_the_rest_are_told():
    few, begun, end = WorkLimit(at_once=2, waiting=1, seconds=30), threading.Semaphore(0), threading.Event()
    said = []

    def work():
        with few.slot() as mine:
            said.append(mine)
            begun.release()
            if mine:
                end.wait(30)

    threads = [threading.Thread(target=work) for _ in range(2)]
    [thread.start() for thread in threads]
    [begun.acquire(timeout=30) for _ in threads]
    waits = threading.Thread(target=work)
    waits.start()
    while few._admitted._value:
        pass
    with few.slot() as mine:
        assert not mine
    assert said == [True, True]
    end.set()
    [thread.join(30) for thread in [*threads, waits]]
    assert said == [True, True, True]
    with few.slot() as mine:
        assert mine


def test_nobody_waits_for_ever():
    few = WorkLimit(at_once=1, waiting=1, seconds=0.01)
    with few.slot() as first, few.slot() as second:
        assert first and not second


@pytest.fixture
def taken(monkeypatch):
    """All slots, taken by others."""
    monkeypatch.setattr(concurrency, "FILES", WorkLimit(0, 0, 0))
    monkeypatch.setattr(concurrency, "PREVIEWS", WorkLimit(0, 0, 0))


def test_too_many_previews_say_so(as_person, province, taken):
    answer = as_person("lam").get("/bao-cao/tien-do/")
    assert answer.status_code == 503 and answer["Retry-After"] == "10"
    assert "Đang có nhiều báo cáo được mở cùng lúc" in words(answer)
    assert as_person("lam").get("/bao-cao/").status_code == 200


def test_too_many_makings_say_so_and_can_be_asked_for_again(request, as_person, province, published, monkeypatch):
    version = published()
    request.getfixturevalue("taken")
    client, address = as_person("khanh"), f"/bao-cao/{version.report_id}/lan-1/tep/"
    answer = client.post(address, follow=True)
    assert "Đang có nhiều báo cáo chờ tạo tệp. Bản báo cáo còn nguyên" in answer.content.decode()
    monkeypatch.setattr(concurrency, "FILES", WorkLimit(1, 0, 0))
    assert services.ask_files(version=version, by=province.people["khanh"]) is not None
