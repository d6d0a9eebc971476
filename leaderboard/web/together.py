"""Many modules as one file. On a slow line each request costs more than what it brings, and pages have no build step."""

import posixpath
import re
from collections.abc import Callable, Iterable, Mapping

IMPORT = re.compile(r'(?:^|(?<=[;}]))import\s*(\w+|\{[^}]*\})\s*from\s*"([^"]+)";?', re.MULTILINE)
PASSED_ON = re.compile(r'(?:^|(?<=[;}]))export\s*\{([^}]*)\}\s*from\s*"([^"]+)";?', re.MULTILINE)
LISTED = re.compile(r"(?:^|(?<=[;}]))export\s*\{([^}]*)\};?", re.MULTILINE)
DECLARED = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
DEFAULT = re.compile(r"(?:^|(?<=[;}]))export default (?=function)", re.MULTILINE)
LATER = re.compile(r'\bimport\("([^"]+)"\)')
REMARK = re.compile(
    r"^ *(?:/\*(?:[^*]|\*(?!/))*\*/|//.*)\n|//# sourceMappingURL=.*", re.MULTILINE
)  # of lines of their own
LEFT = re.compile(r"(?:^|;)(?:import|export)\b", re.MULTILINE)


class Together:
    """The modules, each in a scope of its own, those first that others need.

    `read` gives a module's text by its path, `names` are those of an import map. Modules that stay `apart` are imported, by
    these addresses.
    """

    def __init__(self, read: Callable[[str], str], names: Mapping[str, str], apart: Mapping[str, str]) -> None:
        self._read, self._names, self._apart = read, names, apart
        self._places: dict[str, str] = {}
        self._given: dict[str, set[str]] = {}  # place → names of its exports
        self._texts: list[str] = []

    def program(self, path: str) -> str:
        """All that this module needs, and then what it does itself."""
        body, _ = self._opened(path)
        return "".join(self._texts) + body

    def _add(self, path: str) -> str:
        """What the module's exports are called here."""
        if path in self._apart and path not in self._places:
            self._places[path] = place = f"${len(self._places)}"
            self._texts.insert(0, f'import * as {place} from "{self._apart[path]}";\n')
        if path not in self._places:
            body, exports = self._opened(path)
            self._places[path] = place = f"${len(self._places)}"
            self._given[place] = {name.partition(":")[0] for name in exports}
            self._texts.append(f"const {place} = (() => {{\n{body}\nreturn {{ {', '.join(exports)} }};\n}})();\n")
        return self._places[path]

    def _opened(self, path: str) -> tuple[str, list[str]]:
        """The module's text without imports and exports, and what it exports."""
        exports: list[str] = []

        def place(name: str, wanted: Iterable[tuple[str, str]] = ()) -> str:
            beside = posixpath.normpath(posixpath.join(posixpath.dirname(path), name))
            there = self._add(self._names.get(name, beside))
            for old, _ in wanted if there in self._given else ():
                if old not in self._given[there]:
                    raise ValueError(f"{path} wants {old} of {name}, which does not export it")
            return there

        def bring(found: re.Match[str]) -> str:
            names = pairs(found[1].strip("{}")) if found[1].startswith("{") else [("default", found[1])]
            wanted = ", ".join(f"{old}: {new}" for old, new in names)
            return f"const {{ {wanted} }} = {place(found[2], names)};"

        def pass_on(found: re.Match[str]) -> str:
            there = place(found[2], names := pairs(found[1]))
            exports.extend(f"{new}: {there}.{old}" for old, new in names)
            return ""

        def give(found: re.Match[str]) -> str:
            exports.extend(f"{new}: {old}" for old, new in pairs(found[1]))
            return ""

        def declare(found: re.Match[str]) -> str:
            exports.append(found[2])
            return found[1]

        def default(_: re.Match[str]) -> str:
            exports.append("default: $default")
            return "const $default = "

        text = REMARK.sub("", self._read(path))
        text = LATER.sub(lambda found: f"Promise.resolve({place(found[1])})", text)
        for kind, act in (
            (IMPORT, bring),
            (PASSED_ON, pass_on),
            (LISTED, give),
            (DECLARED, declare),
            (DEFAULT, default),
        ):
            text = kind.sub(act, text)
        if LEFT.search(text):
            raise ValueError(f"{path} imports or exports in a way that is not known here")
        return text, exports


def pairs(listed: str) -> list[tuple[str, str]]:
    """`a as b, c`: what is called a is b elsewhere, and c is c."""
    names = (name.strip().split(" as ") for name in listed.split(",") if name.strip())
    return [(name[0], name[-1]) for name in names]
