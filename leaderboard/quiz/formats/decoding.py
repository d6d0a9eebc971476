"""Bytes to text: which of the encodings that programs write quiz files in."""

import codecs
import re

from leaderboard.errors import Unreadable

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
SAMPLE = 4096
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1f]")
FEW = 0.01  # the share of control characters up to which something is a text


def text_of(data: bytes) -> str:
    """The text, with \\n at the ends of lines. Raises Unreadable for what is none."""
    text = decode(data).replace("\r\n", "\n").replace("\r", "\n")
    if len(CONTROLS.findall(text)) > FEW * len(text):
        raise Unreadable("This is neither a text nor a spreadsheet (.xlsx).")
    return text


def decode(data: bytes) -> str:
    """By the byte order mark; else UTF-16 if every other byte is zero, UTF-8 if it is that, and Windows-1252."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    sample = data[: SAMPLE - len(data[:SAMPLE]) % 2]
    for place, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if sample[place::2].count(0) > len(sample) * 0.4:
            return data.decode(encoding, "replace")
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
