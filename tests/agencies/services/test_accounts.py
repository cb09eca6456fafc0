"""Roles of an account: exactly those given, and the door of administration with the one that opens it."""

import pytest

from agencies.models import User
from agencies.roles import Role
from agencies.services import accounts

pytestmark = pytest.mark.django_db


def test_a_person_has_exactly_the_roles_given_and_only_administration_opens_its_pages():
    user = User.objects.create_user("an", password="mật khẩu của bài kiểm thử 2023")

    def given(*roles):
        accounts.set_roles(user=user, roles=roles)
        stored = User.objects.get(pk=user.pk)
        return sorted(stored.roles), stored.is_staff, stored.is_superuser

    assert given(Role.FOCAL, "reviewer") == (["focal", "reviewer"], False, False)
    assert given(Role.FOCAL, Role.ADMIN) == (["admin", "focal"], True, True)
    assert given() == ([], False, False)
