"""The province's name from a day on, and its way back."""

import datetime as dt

import pytest

from core.installation import changes, queries
from core.installation.models import Installation, ProvinceChange, renamed
from core.installation.services import load_installation

FACTS = {"province": "tỉnh Hoa Lâm", "system_name": "Chuyển đổi số Hoa Lâm", "standing_agency": "Sở A"}
DAY = dt.date(2025, 7, 1)


@pytest.mark.once
@pytest.mark.parametrize(
    ("text", "now"),
    [
        ("UBND tỉnh Hoa Lâm", "UBND thành phố Biển Đông"),
        ("ỦY BAN NHÂN DÂN TỈNH HOA LÂM", "ỦY BAN NHÂN DÂN THÀNH PHỐ BIỂN ĐÔNG"),
        ("Tỉnh Hoa Lâm;\nHoa Lâm, HOA LÂM", "Thành phố Biển Đông;\nBiển Đông, BIỂN ĐÔNG"),
        ("Hoa Lâmm; Sở KHCN", "Hoa Lâmm; Sở KHCN"),
    ],
)
def test_a_name_is_replaced_in_its_own_capitals(text, now):
    assert renamed(text, "tỉnh Hoa Lâm", "thành phố Biển Đông") == now
    assert renamed(text, "", "thành phố Biển Đông") == text


@pytest.mark.once
def test_a_name_within_the_new_one_is_replaced_once():
    assert renamed("tỉnh Nam, Nam", "tỉnh Nam", "tỉnh Nam Lâm") == "tỉnh Nam Lâm, Nam Lâm"


@pytest.mark.django_db
def test_it_is_taken_over_on_its_day_and_taken_back(monkeypatch):
    monkeypatch.setattr(queries, "SECONDS", 5)
    load_installation(FACTS)
    changes.plan_change(
        first_day=DAY, province="thành phố Biển Đông", standing_agency="", today=DAY - dt.timedelta(days=1)
    )
    assert Installation.objects.get().province == "tỉnh Hoa Lâm"
    assert changes.apply_due(DAY) == ["thành phố Biển Đông"] and changes.apply_due(DAY) == []
    now = Installation.objects.get()
    assert (now.province, now.system_name, now.standing_agency) == (
        "thành phố Biển Đông",
        "Chuyển đổi số Biển Đông",
        "Sở A",
    )
    assert now.named_now("UBND tỉnh Hoa Lâm") == "UBND thành phố Biển Đông"
    Installation.objects.update(system_name="Biển Đông số")  # by a person, since
    changes.take_back(DAY)
    changes.take_back(DAY)
    before = Installation.objects.get()
    assert (before.province, before.system_name, before.former_province) == ("tỉnh Hoa Lâm", "Biển Đông số", "")
    assert not ProvinceChange.objects.exists()


@pytest.mark.django_db
def test_before_its_day_it_is_only_forgotten():
    load_installation(FACTS)
    changes.plan_change(first_day=DAY, province="tỉnh B", standing_agency="Sở B", today=dt.date(2025, 1, 1))
    changes.take_back(DAY)
    assert (Installation.objects.get().province, ProvinceChange.objects.count()) == ("tỉnh Hoa Lâm", 0)


@pytest.mark.django_db
def test_a_text_without_room_for_the_new_name_stays():
    """A name of 80 letters is the longest that the system may have."""
    name = "Điều hành và theo dõi chuyển đổi số của các cấp, các ngành tỉnh Hoa Lâm"
    load_installation(FACTS | {"system_name": name})
    changes.plan_change(first_day=DAY, province="thành phố Biển Đông Lâm", standing_agency="", today=DAY)
    now = Installation.objects.get()
    assert (now.system_name, now.province) == (name, "thành phố Biển Đông Lâm")


@pytest.mark.django_db
def test_the_first_name_stays_whatever_follows(monkeypatch):
    monkeypatch.setattr(queries, "SECONDS", 0)
    load_installation(FACTS)
    assert queries.first_province() == "tỉnh Hoa Lâm"
    for years, name in enumerate(("thành phố Biển Đông", "thành phố Sông Hồng")):
        changes.plan_change(
            first_day=DAY.replace(year=2025 + years), province=name, standing_agency="", today=dt.date(2026, 7, 1)
        )
        assert (queries.current().province, queries.first_province()) == (name, "tỉnh Hoa Lâm")
        assert queries.current().named_now("UBND tỉnh Hoa Lâm") == f"UBND {name}"
    assert queries.current().named_now("UBND thành phố Biển Đông") == "UBND thành phố Sông Hồng"
    changes.plan_change(first_day=dt.date(2030, 7, 1), province="tỉnh B", standing_agency="", today=dt.date(2026, 7, 2))
    assert queries.first_province() == "tỉnh Hoa Lâm"
