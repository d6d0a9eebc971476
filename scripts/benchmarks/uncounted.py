"""A node that counts nothing, to see what counting costs: `python -m benchmarks.uncounted serve …`.

It runs the same source without the statements that count. They are found by the name of the module `counts`.
"""

import ast
import sys
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from typing import Any

COUNTS, CLOCK = "counts", "perf_counter"
CLOCKED = ("leaderboard.live.hub", "leaderboard.live.session")  # where it is read for counting alone
SAVED = ("leaderboard.counts", "leaderboard.ops", "leaderboard.state.vitals")  # which are not in anybody's way


def mentions(tree: ast.AST, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def idle(statement: ast.stmt) -> bool:
    """Whether nothing comes of it at the end of a function."""
    text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return text or (isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name))


class Without(ast.NodeTransformer):
    """Takes out of functions what counts, what does nothing else, and what is called for nothing else."""

    def __init__(self) -> None:
        self.taken = 0
        self.empty: set[str] = set()
        self.inside = self.clocked = False

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        before, self.inside, taken = self.inside, True, self.taken
        self.generic_visit(node)
        self.inside = before
        if self.taken > taken and all(idle(it) for it in node.body):
            self.empty.add(node.name)
            node.body.append(ast.Pass())
        return node

    visit_AsyncFunctionDef = visit_FunctionDef  # noqa: N815

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        return ast.Constant(0.0) if self.reads_clock(node) else node

    def reads_clock(self, node: ast.expr) -> bool:
        return self.inside and self.clocked and isinstance(node, ast.Call) and mentions(node.func, CLOCK)

    def statement(self, node: ast.stmt) -> ast.AST | None:
        called = node.value.func if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) else None
        vain = isinstance(called, ast.Name) and called.id in self.empty
        timed = isinstance(node, ast.Assign) and self.reads_clock(node.value)
        if self.inside and (vain or timed or mentions(node, COUNTS)):
            self.taken += 1
            return None
        return self.generic_visit(node)

    visit_Expr = visit_Assign = visit_AugAssign = statement  # noqa: N815

    def block(self, node: ast.If | ast.For) -> ast.AST | None:
        self.generic_visit(node)
        return node if node.body else None

    visit_If = visit_For = block  # noqa: N815


class Loader(SourceFileLoader):
    """Nothing is cached, so that nobody else gets this."""

    def get_code(self, name: str) -> Any:
        path = self.get_filename(name)
        tree = ast.parse(self.get_data(path), path)
        without.clocked = name in CLOCKED
        for _ in range(2):  # functions are called above where they stand
            tree = without.visit(tree)
        return compile(ast.fix_missing_locations(tree), path, "exec")


class Finder(MetaPathFinder):
    def find_spec(self, name: str, path: Any, target: Any = None) -> ModuleSpec | None:
        if not name.startswith("leaderboard.") or name.startswith(SAVED):
            return None
        spec = PathFinder.find_spec(name, path, target)
        if spec is not None and isinstance(spec.loader, SourceFileLoader):
            spec.loader = Loader(spec.loader.name, spec.loader.path)
        return spec


without = Without()

if __name__ == "__main__":
    sys.meta_path.insert(0, Finder())
    from leaderboard import cli, serve  # noqa: F401

    assert without.taken > 20, without.taken
    cli.main()
