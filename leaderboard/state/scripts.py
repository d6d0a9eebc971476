"""The Lua scripts, found by file name: `lua/answer.lua` is `SCRIPTS["answer"]`."""

import hashlib
import re
from importlib.resources import files
from importlib.resources.abc import Traversable

_ERRORS = re.compile(r"^-- Errors +(.+)$", re.MULTILINE)
_INCLUDE = re.compile(r"^-- include: (.+)$", re.MULTILINE)


class Script:
    """One script, its includes spliced in where it asks for them, the SHA-1 that Redis knows it by, and what it refuses."""

    __slots__ = ("errors", "name", "sha", "text")

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.text = text.encode()
        self.errors = tuple(re.findall(r"[A-Z_]{4,}", "".join(_ERRORS.findall(text))))
        self.sha = hashlib.sha1(self.text, usedforsecurity=False).hexdigest()


def load(folder: Traversable) -> dict[str, Script]:
    """All scripts of a folder by name."""

    def splice(names: re.Match[str]) -> str:
        found = "".join((folder / "include" / f"{name}.lua").read_text() for name in names[1].split())
        return _INCLUDE.sub(splice, found)

    sources = {file.name[:-4]: file.read_text() for file in folder.iterdir() if file.name.endswith(".lua")}
    return {name: Script(name, _INCLUDE.sub(splice, source)) for name, source in sources.items()}


SCRIPTS = load(files(__package__) / "lua")
