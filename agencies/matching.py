"""Matching of agencies that a file names in words: codes first, electronic codes too, then names as they are written in practice.

`UBND thành phố Hòa Bình`, `TP. Hòa Bình` and `tp hoà bình` are one name; so are *hòa* and *hoà*, Đ and the Icelandic Ð, NFC
and NFD. A commune may be named with its parent: `X. An Sơn, H. An Lão`. A name that several agencies bear, or that lacks its
accents, matches none: the candidates are offered instead, and the one that a person confirms is remembered for that name. An
agency is also found by the names that it had, or will have, on other days.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping
from typing import Self

from django.db.models import Value

from agencies.models import Agency, AgencyName, RememberedName
from core.formatting import fold

# The most candidates that are offered for a name.
MOST_CANDIDATES = 3
# The likeness from which on another spelling is offered.
NEAR = 0.75

_TONES = "\u0300\u0301\u0303\u0309\u0323"
_PREFIXES = (
    (re.compile(r"^(ủy ban nhân dân|uỷ ban nhân dân|ubnd)\b\.?\s*"), ""),
    (re.compile(r"^tp\b\.?\s*"), "thành phố "),
    (re.compile(r"^tx\b\.?\s*"), "thị xã "),
    (re.compile(r"^tt\b\.?\s*"), "thị trấn "),
    (re.compile(r"^h\.\s*|^h\s+"), "huyện "),
    (re.compile(r"^q\.\s*|^q\s+"), "quận "),
    (re.compile(r"^p\.\s*|^p\s+"), "phường "),
    (re.compile(r"^x\.\s*|^x\s+"), "xã "),
    (re.compile(r"^đk\b\.?\s*"), "đặc khu "),
)
_PARENT = re.compile(r"\s*[,(]\s*|\s+[-–]\s+")


class UnknownAgency(ValueError):
    """A name that stands for no agency, or for several; `candidates`: those that may be meant."""

    def __init__(self, name: str, candidates: list[Agency]) -> None:
        message = f"Không có cơ quan, đơn vị “{name}”."
        if candidates:
            offered = "; ".join(f"{agency.code} ({agency.full_name})" for agency in candidates)
            message = f"{message} Có phải: {offered}? Ghi mã."
        super().__init__(message)
        self.candidates = candidates


def spelled(name: str) -> str:
    """Return a name as names are compared: lower case, one way of writing accents, prefixes in full."""
    text = unicodedata.normalize("NFC", name).replace("Ð", "Đ").replace("ð", "đ").lower()
    text = " ".join(text.split()).rstrip(" .)")
    for pattern, prefix in _PREFIXES:
        text = pattern.sub(prefix, text)
    return " ".join(_tone_last(word) for word in text.split())


def _tone_last(word: str) -> str:
    """Return a syllable with its tone behind it, so that *hòa* and *hoà* are equal."""
    letters = unicodedata.normalize("NFD", word)
    tones = "".join(letter for letter in letters if letter in _TONES)
    return unicodedata.normalize("NFC", "".join(letter for letter in letters if letter not in _TONES)) + tones


class AgencyMatcher:
    """The agencies that a file may name, in a tree that grows while the file is read."""

    def __init__(
        self,
        agencies: Iterable[Agency],
        remembered: Mapping[str, str] | None = None,
        other_days: Iterable[tuple[str, str]] = (),
    ) -> None:
        """remembered: codes of agencies by the spelling of a name that a person has confirmed; other_days: names that agencies have
        on other days, with their codes. Who bears a name today comes before who bore it."""
        self._remembered = dict(remembered or {})
        self._other_days: dict[str, set[str]] = {}
        for other, code in other_days:
            self._other_days.setdefault(spelled(other), set()).add(code.lower())
        self._by_code: dict[str, Agency] = {}
        self._by_electronic_code: dict[str, Agency] = {}
        self._electronic_codes: dict[str, str] = {}
        self._by_name: dict[str, dict[str, Agency]] = {}
        self._names: dict[str, set[str]] = {}
        for agency in agencies:
            self.add(agency)

    @classmethod
    def stored(cls) -> Self:
        """Return the matcher of all stored agencies, remembered names and names of other days. Two queries."""
        remembered = (
            RememberedName.objects.order_by()
            .annotate(sort=Value("remembered"))
            .values_list("spelling", "agency__code", "sort")
        )
        dated = (
            AgencyName.objects.order_by().annotate(sort=Value("dated")).values_list(field, "agency__code", "sort")
            for field in ("name", "short_name")
        )
        rows = list(remembered.union(*dated))
        return cls(
            Agency.objects.select_related("parent"),
            {name: code for name, code, sort in rows if sort == "remembered"},
            [(name, code) for name, code, sort in rows if sort == "dated"],
        )

    def add(self, agency: Agency) -> None:
        """Let an agency be named from now on, by its names of now."""
        for name in self._names.pop(agency.code, ()):
            self._by_name[name].pop(agency.code, None)
        before = self._electronic_codes.pop(agency.code, "")
        bearer = self._by_electronic_code.get(before)
        if bearer is not None and bearer.code == agency.code:
            del self._by_electronic_code[before]
        self._by_code[agency.code.lower()] = agency
        if agency.electronic_code:
            self._electronic_codes[agency.code] = agency.electronic_code.lower()
            self._by_electronic_code[agency.electronic_code.lower()] = agency
        names = {spelled(name) for name in (agency.name, agency.short_name, *agency.aliases.split("|")) if name.strip()}
        self._names[agency.code] = names
        for name in names:
            self._by_name.setdefault(name, {})[agency.code] = agency

    def find(self, text: str) -> Agency:
        """Return the one agency that a text names. Raises UnknownAgency."""
        name = text.strip()
        by_code = self._by_code.get(name.lower())
        by_electronic_code = self._by_electronic_code.get(name.lower())
        if by_code is not None and by_electronic_code not in (None, by_code) and by_code.code != name:
            raise UnknownAgency(name, [agency for agency in (by_code, by_electronic_code) if agency is not None])
        agency = by_code or by_electronic_code
        if agency is not None:
            return agency
        confirmed = self._by_code.get(self._remembered.get(spelled(name), "").lower())
        if confirmed is not None:
            return confirmed
        named = self._named(spelled(name))
        if not named:
            named = self._with_parent(name)
        if len(named) == 1:
            return named[0]
        raise UnknownAgency(name, named[:MOST_CANDIDATES] or self._near(name))

    def _named(self, spelling: str) -> list[Agency]:
        """Return the agencies that bear a name today; where none does, those that bear it on another day."""
        today = list(self._by_name.get(spelling, {}).values())
        others = sorted(self._other_days.get(spelling, ()))
        return today or [self._by_code[code] for code in others if code in self._by_code]

    def _with_parent(self, name: str) -> list[Agency]:
        """Return the agencies that a name with the parent's behind it means."""
        parts = [part for part in _PARENT.split(name) if part.strip(" )")]
        if len(parts) < 2:
            return []
        name_alone, above = spelled(parts[0]), spelled(parts[-1])
        return [
            agency
            for agency in self._named(name_alone)
            if agency.parent is not None and above in self._spellings(agency.parent)
        ]

    def _spellings(self, parent: Agency) -> set[str]:
        """Return the names of a parent, of today and of other days, also without the kind of its area."""
        code = parent.code.lower()
        names = self._names.get(parent.code, set()) | {name for name, of in self._other_days.items() if code in of}
        kinds = ("thành phố ", "thị xã ", "huyện ", "quận ")
        bare = {name.removeprefix(spelled(kind) + " ") for name in names for kind in kinds}
        return names | bare

    def _near(self, name: str) -> list[Agency]:
        """Return the agencies that are written alike: without accents, or with a slip."""
        wanted = fold(spelled(name))
        folded: dict[str, Agency] = {}
        for spelling, agencies in self._by_name.items():
            for agency in agencies.values():
                folded.setdefault(f"{fold(spelling)}\0{agency.code}", agency)
        exact = [agency for key, agency in folded.items() if key.partition("\0")[0] == wanted]
        if not exact:
            names = list({key.partition("\0")[0] for key in folded})
            close = difflib.get_close_matches(wanted, names, MOST_CANDIDATES, NEAR)
            exact = [agency for key, agency in folded.items() if key.partition("\0")[0] in close]
        return list({agency.code: agency for agency in exact}.values())[:MOST_CANDIDATES]
