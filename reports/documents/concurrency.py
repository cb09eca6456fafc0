"""Limits for rendering files and composing previews in one process (`core.concurrency`)."""

from core.concurrency import WorkLimit

# Of the four threads of a web process (gunicorn.conf.py) one renders files, where there is no worker, and one waits for
# it; two compose previews and one waits.
FILES = WorkLimit(at_once=1, waiting=1, seconds=20)
PREVIEWS = WorkLimit(at_once=2, waiting=1, seconds=10)
# Files of others, which are opened in a process of their own with a gigabyte of memory: templates, signed PDFs.
FOREIGN = WorkLimit(at_once=1, waiting=1, seconds=5)
BUSY = "Máy chủ đang xử lý tệp khác; thử lại sau ít phút."
