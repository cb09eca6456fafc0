"""Deadlines as a calendar file (RFC 5545) for mail programs and phones."""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class CalendarEvent(NamedTuple):
    """An event of a whole day; uid: constant for the same event, so that a later file moves it."""

    uid: str
    day: dt.date
    title: str


def calendar_file(name: str, events: Iterable[CalendarEvent], stamp: dt.datetime, refresh: str = "") -> str:
    """Return the text of the file. refresh: how often a program that subscribes to it should read it again, `PT6H`; empty for a
    file that is read once."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Chuyen doi so//VI", f"X-WR-CALNAME:{_text(name)}"]
    if refresh:
        lines += [f"REFRESH-INTERVAL;VALUE=DURATION:{refresh}", f"X-PUBLISHED-TTL:{refresh}"]
    for event in events:
        lines += [
            "BEGIN:VEVENT",
            f"UID:{event.uid}@chuyendoiso",
            f"DTSTAMP:{stamp.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}",
            f"DTSTART;VALUE=DATE:{event.day:%Y%m%d}",
            f"DTEND;VALUE=DATE:{event.day + dt.timedelta(days=1):%Y%m%d}",
            f"SUMMARY:{_text(event.title)}",
            "TRANSP:TRANSPARENT",
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{part}\r\n" for line in lines for part in _folded(line))


def _text(raw: str) -> str:
    """Return a text with the characters that RFC 5545 reserves escaped."""
    for char in "\\;,":
        raw = raw.replace(char, f"\\{char}")
    return raw.replace("\r", "").replace("\n", "\\n")


def _folded(line: str) -> Iterator[str]:
    """Yield the parts of the line folded to at most 75 octets, without cutting a character."""
    part = ""
    for char in line:
        if len(f"{part}{char}".encode()) > 75:
            yield part
            part = " "
        part += char
    yield part
