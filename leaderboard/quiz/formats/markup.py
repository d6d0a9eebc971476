"""HTML to text, as far as a question needs it."""

import html
import re

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
HTML = re.compile(r"</?[A-Za-z][^<>]*>|&(#\d+|#x[0-9A-Fa-f]+|[A-Za-z]+);|<!--")
SILENT = re.compile(
    r"<!--.*?(?:-->|\Z)|<(head|script|style|template|title)\b[^<>]*>.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
TAG = re.compile(r"<[/!?]?([A-Za-z][A-Za-z0-9]*+)[^<>]*+>")
NO_CHARACTER = re.compile(r"&#[Xx]?[0-9A-Fa-f]{20,};?")  # a number that is none


def plain(source: str) -> str:
    """The text of this HTML, with line breaks where blocks end; what is no HTML stays as it is.

    html.parser would take the square of the time for what somebody broke on purpose.
    """
    if HTML.search(source) is None:
        return source
    text = TAG.sub(lambda tag: "\n" if tag[1].lower() in BREAKS else "", SILENT.sub("", source))
    return html.unescape(NO_CHARACTER.sub("\N{REPLACEMENT CHARACTER}", text))


def has_picture(source: str) -> bool:
    """Whether there is a picture or a sound in it, which a text cannot show."""
    return re.search(r"<(img|audio|video|object|embed)\b|\[sound:", source, re.IGNORECASE) is not None
