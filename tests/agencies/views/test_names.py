"""The page of the names that files use for agencies: who opens it, and a name is forgotten."""

import pytest

from agencies.matching import AgencyMatcher, UnknownAgency
from agencies.models import RememberedName
from agencies.roles import Role
from agencies.services import organisation
from core.audit.models import AuditEntry
from tests import factories
from tests.page import words

pytestmark = [pytest.mark.django_db, pytest.mark.once]

PAGE = "/ten-goi/"


def test_a_name_is_remembered_listed_and_forgotten(client, django_assert_num_queries):
    tree = factories.make_tree(1, 1, 1)
    people = {role: factories.person(role.value, tree["s1"], role) for role in Role}
    client.force_login(people[Role.STANDING])
    assert "Chưa có tên nào." in words(client.get(PAGE))
    organisation.remember_name(name="Ủy ban  xã Một", agency=tree["s1"], by=people[Role.ADMIN])
    organisation.remember_name(name="UỶ BAN xã một", agency=tree["x11"], by=people[Role.ADMIN])  # corrected
    remembered = RememberedName.objects.get()
    assert AgencyMatcher.stored().find("ủy ban xã một") == tree["x11"]
    with django_assert_num_queries(5):
        said = words(client.get(PAGE))
    assert "1 tên" in said and "UỶ BAN xã một" in said and tree["x11"].full_name in said
    for role in (Role.FOCAL, Role.REVIEWER, Role.LEAD, Role.LEADER):
        client.force_login(people[role])
        assert client.get(PAGE).status_code == 404
        assert client.post(PAGE, {"ten": remembered.pk}).status_code == 404
    client.force_login(people[Role.ADMIN])
    for strange in ("", "x", "9" * 30, "0"):
        assert client.post(PAGE, {"ten": strange}).status_code == 404
    answer = client.post(PAGE, {"ten": remembered.pk}, follow=True)
    assert "Chưa có tên nào." in words(answer)
    with pytest.raises(UnknownAgency):
        AgencyMatcher.stored().find("ủy ban xã một")
    acts = AuditEntry.objects.order_by("pk").values_list("act", flat=True)
    assert list(acts)[-3:] == ["nhớ tên gọi của cơ quan"] * 2 + ["bỏ tên gọi đã nhớ"]
