"""Reading of pages in tests: a page's words, and its form as a browser would post it."""

from html.parser import HTMLParser

# The notes on kept drafts stand, hidden, at the head of every page: they belong to the frame.
KEPT = "kept drafts"
NOTES = ("form-drafts", "other-machines")
SILENT = {"script", "style", "svg", KEPT}
VOID = {"input", "br", "meta", "link", "img", "hr", "use", "path"}


class _Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.words, self.fields, self.open = [], {}, []
        self.textarea = self.select = None

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.words.append(" ")
        if tag not in VOID:
            self.open.append(tag)
            if given.get("id") in NOTES and "hidden" in given:
                self.open.append(KEPT)
        if tag == "input" and given.get("name") and "disabled" not in given:
            ticked = given.get("type") in ("checkbox", "radio")
            if not ticked or "checked" in given:
                self.fields[given["name"]] = given.get("value", "on" if ticked else "")
        elif tag == "textarea":
            self.textarea, self.fields[given["name"]] = given["name"], ""
        elif tag == "select":
            self.select = given["name"]
        elif tag == "option" and (self.select not in self.fields or "selected" in given):
            self.fields[self.select] = given.get("value", "")

    def handle_endtag(self, tag):
        if tag in self.open:
            while self.open.pop() != tag:
                pass
        if tag == "textarea":
            self.fields[self.textarea] = self.fields[self.textarea].removeprefix("\n")
            self.textarea = None

    def handle_data(self, data):
        if self.textarea is not None:
            self.fields[self.textarea] += data
        elif "main" in self.open and not SILENT & set(self.open):
            self.words.append(data)


def _parsed(response):
    page = _Page()
    page.feed(response.content.decode())
    return page


def fields(response):
    """The fields of a page's forms as a browser would post them: name and text."""
    return _parsed(response).fields


def words(response):
    """Return the text of the page, without its markup, its frame and what is typed in fields; every blank is one space."""
    return " ".join("".join(_parsed(response).words).split())
