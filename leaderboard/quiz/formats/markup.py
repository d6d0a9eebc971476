"""HTML to text, as far as a question needs it."""

import re
from html.parser import HTMLParser

BREAKS = {
    "address",
    "article",
    "blockquote",
    "br",
    "dd",
    "div",
    "dt",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "li",
    "p",
    "pre",
    "tr",
}
SILENT = {"head", "script", "style", "template", "title"}
TAG = re.compile(r"</?[A-Za-z][^<>]*>|&(#\d+|#x[0-9A-Fa-f]+|[A-Za-z]+);|<!--")


def plain(html: str) -> str:
    """The text of this HTML, with line breaks where blocks end; what is no HTML stays as it is."""
    if TAG.search(html) is None:
        return html
    reader = Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts)


def has_picture(html: str) -> bool:
    """Whether there is a picture or a sound in it, which a text cannot show."""
    return re.search(r"<(img|audio|video|object|embed)\b|\[sound:", html, re.IGNORECASE) is not None


class Reader(HTMLParser):
    """Collects texts."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in SILENT
        if tag in BREAKS:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self._silent = max(self._silent - 1, 0)
        if tag in BREAKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)
