"""The guide's documents: docs/huong-dan/*.md as HTML, cut at their second-level headings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import unquote

from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

FOLDER = settings.BASE_DIR / "docs" / "huong-dan"
# In the order of the list of contents. The first is the guide's own page.
INDEX = "README"
# Two pages to print: each section is a sheet of A4.
SHEETS = "hai-trang"
NAMES = (
    INDEX,
    "bat-dau",
    "dau-moi",
    SHEETS,
    "nguoi-duyet",
    "lanh-dao",
    "co-quan-thuong-truc",
    "lap-bao-cao",
    "chat-luong",
    "quan-tri",
    "nap-va-xuat-so-lieu",
)
DOCUMENT_LINK = re.compile(r"(?P<name>[\w-]+)\.md(?:#(?P<slug>.+))?")
PICTURES = "../img/"


@dataclass(frozen=True)
class GuideSection:
    """A part of a document under one heading; `slug` and `title` are empty for what stands before the first one."""

    document: str
    document_title: str
    slug: str
    title: str
    html: SafeString

    @property
    def url(self) -> str:
        """Return the address at which the section is read."""
        return address(self.document, self.slug)

    @property
    def text(self) -> str:
        """Return the words of the section."""
        return " ".join(strip_tags(self.html).split())


@dataclass(frozen=True)
class Document:
    """A file of the guide."""

    name: str
    title: str
    sections: tuple[GuideSection, ...]

    @property
    def url(self) -> str:
        """Return the document's address."""
        return address(self.name)

    @property
    def headed(self) -> list[GuideSection]:
        """Return the sections with a heading, for the list of contents."""
        return [section for section in self.sections if section.slug]


def address(name: str, slug: str = "") -> str:
    """Return the address of a document, or of its section."""
    page = reverse("guide") if name == INDEX else reverse("guide_document", args=[name])
    return f"{page}#{slug}" if slug else page


def slug_of(title: str) -> str:
    """Return the anchor of a heading, as code hosts make it of the same file: `gia-hạn-nhập-bù`."""
    return re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")


def documents() -> list[Document]:
    """Return all documents in order."""
    return [document(name) for name in NAMES]


def sections() -> list[GuideSection]:
    """Return the sections of all documents in order."""
    return [section for one in documents() for section in one.sections]


@cache
def document(name: str) -> Document:
    """Read a document. Markup typed in a file is shown as text: nothing but what Markdown makes is sent. Raises KeyError for a
    name that the guide does not have."""
    if name not in NAMES:
        raise KeyError(name)
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = reader.parse((FOLDER / f"{name}.md").read_text(encoding="utf-8"))
    for token in tokens:
        _lead_inside(token.children or [])
    title, parts = "", []
    for level, heading, body in _cut(tokens):
        if level == "h1":
            title = heading
        html = mark_safe(reader.renderer.render(body, reader.options, {}))
        if level == "h2" or html:
            parts.append(("" if level == "h1" else heading, html))
    cut = (GuideSection(name, title, slug_of(heading), heading, html) for heading, html in parts)
    return Document(name, title, tuple(cut))


def _cut(tokens: list[Token]) -> Iterator[tuple[str, str, list[Token]]]:
    """Yield (h1 or h2, its words, what follows it) of each heading."""
    starts = [at for at, token in enumerate(tokens) if token.type == "heading_open" and token.tag in ("h1", "h2")]
    for start, end in zip(starts, [*starts[1:], len(tokens)], strict=True):
        yield tokens[start].tag, _words(tokens[start + 1]), tokens[start + 3 : end]


def _words(inline: Token) -> str:
    return "".join(inner.content for inner in inline.children or ())


def _lead_inside(tokens: list[Token]) -> None:
    """Lead links to files of the guide to their pages, pictures to the copies that are served; other links are words alone."""
    is_led = False
    for token in tokens:
        if token.type == "link_open":
            match = DOCUMENT_LINK.fullmatch(unquote(_attribute(token, "href")))
            is_led = match is not None and match["name"] in NAMES
            token.attrs = {"href": address(match["name"], match["slug"] or "")} if match and is_led else {}
        elif token.type == "image":
            token.attrs = token.attrs | {
                "src": static(f"img/huong-dan/{_attribute(token, 'src').removeprefix(PICTURES)}"),
                "loading": "lazy",
            }
        if token.type in ("link_open", "link_close") and not is_led:
            token.tag = "span"


def _attribute(token: Token, name: str) -> str:
    value: Any = token.attrGet(name)
    return str(value or "")
