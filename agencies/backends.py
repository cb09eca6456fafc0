"""How an account is recognised and loaded."""

from django.conf import settings
from django.contrib.auth.backends import ModelBackend

from agencies.models import User


class AccountBackend(ModelBackend):
    """Django's own, with the agency, the roles and the number of unread notices loaded along; demo accounts do not work in
    production."""

    def user_can_authenticate(self, user):
        return super().user_can_authenticate(user) and not (settings.PRODUCTION and user.is_demo)

    def get_user(self, user_id):
        known = User.objects.with_unread().select_related("agency__parent").prefetch_related("grants")
        user = known.filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
