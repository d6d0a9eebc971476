"""Imports point one way: cli → app → api, live, ops → state → quiz → errors."""

import ast
from pathlib import Path

import leaderboard

ROOT = Path(leaderboard.__file__).parent
ALLOWED = {
    "errors": set(),
    "commands": set(),
    "counts": set(),
    "addresses": set(),
    "headers": set(),
    "open_files": set(),
    "quiz": {"errors"},
    "state": {"counts", "quiz", "errors", "masking"},
    "ops": {"counts", "state", "quiz", "errors", "addresses", "headers", "config", "masking", "open_files"},
    "live": {"counts", "state", "quiz", "errors", "addresses", "headers"},
    "api": {"counts", "rehearsal", "sandbox", "state", "quiz", "errors", "config", "addresses"},
    "reference": {"counts", "api", "live", "state", "quiz", "errors", "commands", "config"},
    "web": set(),
    "config": {"masking"},
    "masking": set(),
    "client": set(),
    "demo": {"client", "quiz"},
    "app": {"rehearsal", "sandbox", "reference", "api", "live", "open_files", "ops", "web", "state", "config"},
    "serve": {"addresses", "app", "config", "demo", "live", "open_files", "ops", "state"},
    "bridge": {"ops", "state", "errors"},
    "sandbox": {"quiz", "errors"},
    "rehearsal": {"demo", "open_files", "sandbox", "state", "quiz", "errors", "config"},
    "bots": {"client", "demo", "rehearsal"},
    "cli": {
        "client",
        "commands",
        "bots",
        "reference",
        "sandbox",
        "serve",
        "bridge",
        "open_files",
        "ops",
        "config",
        "quiz",
        "state",
        "errors",
    },
    "__main__": {"cli"},
    "__init__": set(),
}
REDIS = {"state", "live.feed"}
STARLETTE = {"reference", "api", "app", "live", "ops", "web"}


def imports(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules() -> dict[str, set[str]]:
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts): imports(file) for file in sorted(ROOT.rglob("*.py"))
    }


def room(module: str) -> str:
    return module.split(".")[0]


def test_imports_point_one_way() -> None:
    for module, imported in modules().items():
        rooms = {name.split(".")[1] for name in imported if name.startswith("leaderboard.") and name.count(".")}
        rooms -= {room(module), "__version__"}
        assert rooms <= ALLOWED[room(module)], module


def test_who_knows_redis_and_starlette() -> None:
    for name, allowed in (("redis", REDIS), ("starlette", STARLETTE)):
        knows = {module for module, imported in modules().items() if any(room(other) == name for other in imported)}
        assert {m for m in knows if m not in allowed and room(m) not in allowed} == set(), name


def test_every_module_has_a_docstring() -> None:
    for file in ROOT.rglob("*.py"):
        assert file.name == "__main__.py" or ast.get_docstring(ast.parse(file.read_text())), file
