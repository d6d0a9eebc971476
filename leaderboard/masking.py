"""What nobody is to read on a screen or in a log."""

import functools
import re
from typing import Any

import msgspec

MASK = "***"
NAMES = re.compile(r"token|passw|secret|authori[sz]ation|cookie|credential", re.IGNORECASE)
IN_TEXT = [
    (re.compile(r"(://[^\s/:@\"']*:)[^\s/\"']+@"), rf"\1{MASK}@"),  # redis://user:PASSWORD@host
    (re.compile(r"\b(bearer +)[\w.~+/=-]{8,}", re.IGNORECASE), rf"\1{MASK}"),
    (re.compile(r"([?&]\w{0,30}(?:token|passw|secret)\w{0,30}=)[^\s&\"']+", re.IGNORECASE), rf"\1{MASK}"),
]
DEEP = 6


@functools.lru_cache(1024)
def is_secret(name: str) -> bool:
    """Whether a value of this name is one."""
    return NAMES.search(name) is not None


def in_text(text: str) -> str:
    """A text without the passwords of addresses and without tokens that are called so."""
    if "://" in text or "=" in text or "earer " in text:
        for pattern, instead in IN_TEXT:
            text = pattern.sub(instead, text)
    return text


def by_name(value: Any, name: str = "", deep: int = DEEP) -> Any:
    """A value without what its own name or the names in it say is a secret."""
    if isinstance(value, str | bytes):
        return MASK if value and is_secret(name) else value
    if deep and isinstance(value, msgspec.Struct):
        value = {field: getattr(value, field) for field in value.__struct_fields__}
    if deep and isinstance(value, dict):
        return {key: by_name(inner, str(key), deep - 1) for key, inner in value.items()}
    if deep and isinstance(value, list | tuple):
        return [by_name(inner, name, deep - 1) for inner in value]
    return value
