"""The commands together: found, described and loaded when they are used; what each does is tested where it is."""

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner
from rich.text import Text

from leaderboard import reference
from leaderboard.cli import main
from leaderboard.cli.console import plain, some_quizzes
from leaderboard.cli.menu import ROWS
from leaderboard.cli.screen import rendered, table
from leaderboard.quiz.content import Quiz
from leaderboard.state.ids import CHANCE
from leaderboard.state.quizzes import Quizzes

pytestmark = pytest.mark.anyio

HEAVY = {
    "hiredis",
    "leaderboard.config",
    "leaderboard.quiz",
    "msgspec",
    "redis",
    "rich",
    "starlette",
    "uvicorn",
    "websockets",
}


def leaves(command: click.Command, name: str = "") -> Iterator[tuple[str, click.Command]]:
    """All commands below this one that are no groups."""
    if not isinstance(command, click.Group):
        yield name.strip(), command
        return
    context = click.Context(command)
    for each in command.list_commands(context):
        found = command.get_command(context, each)
        assert found is not None, each
        yield from leaves(found, f"{name} {each}")


ALL = dict(leaves(main))


def test_every_command_is_described() -> None:
    assert {name.split()[0] for name in ALL} <= set(ROWS)
    shown = CliRunner().invoke(main, ["-h"]).output
    for name in {name.split()[0] for name in ALL}:
        assert f"  {name} " in shown
        assert ROWS[name].what in shown


@pytest.mark.parametrize("name", ALL)
def test_every_command_has_json(name: str) -> None:
    assert [option for option in ALL[name].params if "--json" in option.opts]
    assert CliRunner().invoke(main, [*name.split(), "--help"]).exit_code == 0


def test_help_waits_for_nothing() -> None:
    program = (
        "import sys; from leaderboard.cli import main; main(['--help'], standalone_mode=False); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert set(done.stdout.splitlines()[-1].split()) & HEAVY == set()


def test_a_command_that_is_none() -> None:
    done = CliRunner().invoke(main, ["quizes"])
    assert done.exit_code == 2
    assert "No such command 'quizes'" in done.output


def test_version() -> None:
    found = json.loads(CliRunner().invoke(main, ["version", "--json"]).output)
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["redis"].startswith("8.")
    assert f"redis        {found['redis']}\n" in CliRunner().invoke(main, ["version"]).output


def test_the_descriptions_of_the_interface() -> None:
    for name, document in (("openapi", reference.openapi()), ("asyncapi", reference.asyncapi())):
        assert json.loads(CliRunner().invoke(main, [name]).output) == document
        assert json.loads(CliRunner().invoke(main, [name, "--json"]).output) == document


def test_nobody_commands_the_terminal() -> None:
    assert plain("Ana\x1b[2J\r\n\u202eb") == "Ana\ufffd[2J\ufffd\ufffd\ufffdb"
    assert plain("Linh 世界 می‌خواهم 👩‍🚀") == "Linh 世界 می‌خواهم 👩‍🚀"


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_shell_completes(shell: str) -> None:
    script = CliRunner().invoke(main, env={"_LEADERBOARD_COMPLETE": f"{shell}_source"}, prog_name="leaderboard")
    assert "_LEADERBOARD_COMPLETE" in script.output
    words = {"COMP_WORDS": "leaderboard verif", "COMP_CWORD": "1" if shell != "fish" else "verif"}
    done = CliRunner().invoke(main, env={"_LEADERBOARD_COMPLETE": f"{shell}_complete"} | words, prog_name="leaderboard")
    assert "verify" in done.output


def completed(ctx: click.Context, begun: str) -> list[str]:
    return some_quizzes(ctx, click.Argument(["quiz"]), begun)


async def test_the_shell_completes_quizzes(quizzes: Quizzes, redis_url: str) -> None:
    made = sorted([(await quizzes.store.create(Quiz(str(number), []), CHANCE)).id for number in range(5)])
    with click.Context(main) as ctx:
        ctx.params["redis_url"] = redis_url
        assert await asyncio.to_thread(completed, ctx, "") == made
        assert await asyncio.to_thread(completed, ctx, made[0][:7].lower()) == made[:1]
        assert await asyncio.to_thread(completed, ctx, "*") == []
        ctx.params["redis_url"] = "redis://127.0.0.1:1"
        assert await asyncio.to_thread(completed, ctx, "") == []
        ctx.params["redis_url"] = "nonsense"
        assert await asyncio.to_thread(completed, ctx, "") == []


def test_colours_where_they_are_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Terminal())
    monkeypatch.setenv("TERM", "xterm")
    yellow = Text("slow", "yellow")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert rendered(yellow) == "\x1b[33mslow\x1b[0m\n"
    monkeypatch.setenv("NO_COLOR", "1")
    assert rendered(yellow) == "slow\n"
    monkeypatch.undo()
    assert rendered(yellow) == "slow\n"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_lines_are_not_cut_where_nobody_watches() -> None:
    long = "世" * 300
    assert rendered(table(("title", "*what", "n"), [(long, "x", 1), ("a", "y", 10)])).splitlines()[1:] == [
        f"{long}  x      1",
        f"a{' ' * 599}  y     10",
    ]
