"""Delivery of letters. One class, chosen by the setting NOTICE_SENDER; another channel (Zalo OA, SMS) is another class with the
same three names."""

from dataclasses import dataclass
from email.charset import QP, Charset
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException
from typing import Protocol

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.core.mail import EmailMultiAlternatives, get_connection
from django.utils.module_loading import import_string

# Encode Vietnamese in ASCII: Django sends 8-bit bytes to every server, and one that does not support them may damage or
# refuse the letter.
PLAIN_BYTES = Charset("utf-8")
PLAIN_BYTES.body_encoding = QP

SMTP = "django.core.mail.backends.smtp.EmailBackend"


class NotSent(Exception):
    """The letter surely did not arrive, and may be sent again. After any other error it is unknown whether it arrived."""


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a letter."""

    name: str
    content: bytes
    content_type: str


@dataclass(frozen=True)
class Letter:
    """One letter to one person. `reference`: the same for the same letter, different for any other; `unsubscribe`: the address
    at which its reader ends such letters, empty where there is none."""

    address: str
    subject: str
    text: str
    html: str
    reference: str
    attachments: tuple[Attachment, ...] = ()
    unsubscribe: str = ""


class Sender(Protocol):
    """A delivery channel. `leaves`: whether a letter leaves this machine; then none is sent while figures are a demonstration."""

    @property
    def leaves(self) -> bool: ...

    def address_of(self, person: AbstractUser) -> str:
        """Return a person's address on this channel; empty where there is none."""

    def send(self, letter: Letter) -> None:
        """Deliver a letter. Raises NotSent only where it surely did not arrive."""


class MailSender:
    """Delivery by mail as the settings say: SMTP, or the console."""

    @property
    def leaves(self) -> bool:
        return settings.EMAIL_BACKEND == SMTP

    def address_of(self, person: AbstractUser) -> str:
        return person.email

    def send(self, letter: Letter) -> None:
        connection = get_connection()
        headers = {"Message-ID": f"<{letter.reference}@{settings.SITE_HOST}>", "Auto-Submitted": "auto-generated"}
        if letter.unsubscribe:
            headers["List-Unsubscribe"] = f"<{letter.unsubscribe}>"
        message = EmailMultiAlternatives(
            letter.subject,
            letter.text,
            settings.DEFAULT_FROM_EMAIL,
            [letter.address],
            headers=headers,
            connection=connection,
        )
        message.encoding = PLAIN_BYTES
        message.attach_alternative(letter.html, "text/html")
        for file in letter.attachments:
            message.attach(file.name, file.content, file.content_type)
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
    """Return the channel that the settings choose; None where nothing is sent."""
    if not settings.NOTICE_SENDER:
        return None
    channel: Sender = import_string(settings.NOTICE_SENDER)()
    return channel
