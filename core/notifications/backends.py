"""How a letter leaves the house. One class, chosen by the setting NOTICE_SENDER; another way (Zalo OA, SMS) is another
class with the same three names."""

from dataclasses import dataclass
from email.charset import QP, Charset
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Protocol

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.module_loading import import_string

# Vietnamese in ASCII alone: Django sends bytes of eight bits to every server, and one that never offered to take them may
# spoil or refuse the letter.
PLAIN_BYTES = Charset("utf-8")
PLAIN_BYTES.body_encoding = QP

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class NotSent(Exception):
    """It surely did not arrive, and may be tried again. Any other error leaves open whether it did."""


@dataclass(frozen=True)
class Letter:
    """One letter to one person. `reference`: the same for the same letter, and of no other."""

    address: str
    subject: str
    text: str
    html: str
    reference: str


class Sender(Protocol):
    """`leaves`: does a letter leave this machine? Then none goes out while figures are illustrative."""

    leaves: bool

    def address_of(self, person) -> str:
        """Where a person is reached this way; empty where he is not."""

    def send(self, letter: Letter) -> None:
        """Hand a letter over. Raises NotSent only where it surely did not arrive."""


class MailSender:
    """Mail by the settings: SMTP, or the console."""

    @property
    def leaves(self):
        return settings.EMAIL_BACKEND == SMTP

    def address_of(self, person):
        return person.email

    def send(self, letter):
        connection = get_connection()
        message = EmailMultiAlternatives(
            letter.subject,
            letter.text,
            settings.DEFAULT_FROM_EMAIL,
            [letter.address],
            headers={"Message-ID": f"<{letter.reference}@{settings.SITE_HOST}>", "Auto-Submitted": "auto-generated"},
            connection=connection,
        )
        message.encoding = PLAIN_BYTES
        message.attach_alternative(letter.html, "text/html")
        try:
            connection.open()
        except (OSError, SMTPException) as error:
            raise NotSent(f"Không kết nối được máy chủ thư: {error}") from error
        try:
            connection.send_messages([message])
        except (SMTPResponseException, SMTPRecipientsRefused) as error:
            raise NotSent(f"Máy chủ thư không nhận: {error}") from error
        finally:
            connection.close()


def sender() -> Sender | None:
    """The way that the settings choose; None where nothing is sent."""
    return import_string(settings.NOTICE_SENDER)() if settings.NOTICE_SENDER else None
