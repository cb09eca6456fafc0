"""Letterheads follow the province's name without two of one name in a plan."""

import pytest

from core.installation.changes import Renaming
from reports.documents.letterheads.renaming import LetterheadNames
from reports.models import Letterhead
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.once]

RENAMING = Renaming("tỉnh Hoa Lâm", "thành phố Biển Đông")


def test_a_name_that_another_has_stays_and_the_way_back_takes_none():
    plan, other = factories.make_plan(), factories.make_plan(2024)
    texts = {"issuer": "UBND TỈNH HOA LÂM", "symbol": "BC-UBND", "place": "Hoa Lâm"}
    old, new, alone = (
        Letterhead.objects.create(plan=of, name=name, **texts)
        for of, name in ((plan, "Hoa Lâm, tháng"), (plan, "Biển Đông, tháng"), (other, "Hoa Lâm, tháng"))
    )
    replaced = LetterheadNames().follow(RENAMING)
    names = Letterhead.objects.order_by("pk").values_list("name", flat=True)
    assert list(names.all()) == ["Hoa Lâm, tháng", "Biển Đông, tháng", "Biển Đông, tháng"]
    old.refresh_from_db()
    assert (old.issuer, old.place) == ("UBND THÀNH PHỐ BIỂN ĐÔNG", "Biển Đông")
    Letterhead.objects.create(plan=other, name="Hoa Lâm, tháng", **texts)  # by a person, since
    LetterheadNames().restore(replaced)
    assert list(names.all()) == ["Hoa Lâm, tháng", "Biển Đông, tháng", "Biển Đông, tháng", "Hoa Lâm, tháng"]
    alone.refresh_from_db()
    assert alone.issuer == "UBND TỈNH HOA LÂM" and new.name == "Biển Đông, tháng"
