"""Who may make files and previews in this process now (`core.concurrency`)."""

from core.concurrency import Turns

# Of the four threads of a web process (gunicorn.conf.py) one makes files, where no worker does, and one waits for it; two compose
# previews and one waits.
FILES = Turns(at_once=1, waiting=1, seconds=20)
PREVIEWS = Turns(at_once=2, waiting=1, seconds=10)
