"""`leaderboard dead-letters`."""

import click

from leaderboard.cli.console import ask, on_redis, plain, show_json
from leaderboard.state.quizzes import Quizzes


@click.command("dead-letters")
@click.option("--replay", metavar="ID|all", help="Try this one again, or all.")
@on_redis
def dead_letters(replay: str | None, as_json: bool, **flags: str | None) -> None:
    """List what could not be done: scores that were refused, results that could not be kept; or try it again."""
    if replay:
        again = ask(flags, lambda quizzes: quizzes.letters.replay_all() if replay == "all" else one(quizzes, replay))
        if as_json:
            show_json({"again": again})
        else:
            click.echo(f"{again} to be tried again")
        return
    letters = ask(flags, lambda quizzes: quizzes.letters.list())
    if as_json:
        show_json(letters)
        return
    for it in letters:
        fields = " ".join(f"{name}={plain(value)}" for name, value in it.fields.items())
        click.echo(f"{it.id}  {plain(it.reason)}\n    {fields}")


async def one(quizzes: Quizzes, letter: str) -> int:
    await quizzes.letters.replay(letter)
    return 1
