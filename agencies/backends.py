"""Authentication backend: checks and loads accounts."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import AnonymousUser

from agencies.models import User


class AccountBackend(ModelBackend):
    """Django's backend, which also loads the agency, the roles and the number of unread notifications; demonstration accounts
    do not work in production."""

    def user_can_authenticate(self, user: User | AnonymousUser | None) -> bool:
        return super().user_can_authenticate(user) and not (settings.PRODUCTION and getattr(user, "is_demo", False))

    def get_user(self, user_id: int) -> User | None:
        accounts = User.objects.with_unread().select_related("agency__parent").prefetch_related("user_roles")
        user = accounts.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
