"""Nightly verification of the audit log."""

import logging

from celery import shared_task

from core.audit import archive

log = logging.getLogger(__name__)


@shared_task(ignore_result=True)
def verify_audit() -> None:
    """Every night: verify the log. The end of the chain goes into the server's own log, out of reach of anyone who can write
    only to the database; `manage.py verify_audit --anchor` compares with it."""
    checked = archive.verify()
    if checked.broken:
        log.error("Nhật ký HỎNG: %s", checked.broken)
    elif not archive.is_protected():
        log.error("Cơ sở dữ liệu không còn chốt chống sửa, chống xóa nhật ký.")
    log.warning("Neo nhật ký: %s:%s", checked.number, checked.hash)
