"""Unsent texts of forms: kept for their author alone, within bounds."""

import datetime as dt

import pytest

from agencies.roles import Role
from core.form_drafts import services
from core.form_drafts.models import FormDraft
from core.form_drafts.services import Unsent
from tests import factories

pytestmark = pytest.mark.once

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36"


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (CHROME, "Chrome, Windows"),
        (f"{CHROME} Edg/120.0", "Edge, Windows"),
        (f"{CHROME} coc_coc_browser/120.0", "Cốc Cốc, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17.0 Mobile/15E148 Safari/604.1",
            "Safari, iPhone",
        ),
        ("Mozilla/5.0 (Linux; Android 13) Chrome/120.0 Mobile Safari/537.36", "Chrome, Android"),
        ("", "máy khác"),
    ],
)
def test_a_machine_is_known_again_by_browser_and_system(agent, said):
    assert services.machine_words(agent) == said


@pytest.fixture
def an(db):
    return factories.person("an", factories.make_tree()["tinh"], Role.LEADER)


def keep(author, number, content="{}"):
    unsent = Unsent(f"{number:024x}", "/x/#ly-do", "/x/", content)
    services.keep(author=author, unsent=unsent, machine="Chrome, Windows")


def test_what_did_not_change_keeps_its_moment(an, moment):
    keep(an, 1, '{"a": 1}')
    first = FormDraft.objects.get().saved_at
    moment.shift(3600)
    keep(an, 1, '{"a": 1}')
    assert FormDraft.objects.get().saved_at == first
    keep(an, 1, '{"a": 2}')
    assert FormDraft.objects.get().saved_at == first + dt.timedelta(hours=1)


def test_the_oldest_go_first(an, moment, monkeypatch):
    monkeypatch.setattr(services, "MOST", 2)
    for number in range(3):
        keep(an, number)
        moment.shift(60)
    assert set(FormDraft.objects.values_list("key", flat=True)) == {f"{1:024x}", f"{2:024x}"}
    moment.shift(31 * 24 * 3600)
    keep(an, 9)
    assert FormDraft.objects.get().key == f"{9:024x}"


def test_only_their_author_lets_go_of_them(an):
    other = factories.person("binh", an.agency, Role.LEADER)
    keep(an, 1)
    services.forget(author=other, key=f"{1:024x}")
    assert FormDraft.objects.count() == 1
    services.forget(author=an, key=f"{1:024x}")
    assert not FormDraft.objects.exists()
