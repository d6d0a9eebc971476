"""`leaderboard version`, `openapi` and `asyncapi`: what this is."""

import platform
from importlib import metadata
from typing import Any

import click

from leaderboard import __version__
from leaderboard.cli.console import as_json, show_json

MATTER = ("redis", "hiredis", "uvicorn", "uvloop", "starlette", "websockets", "httptools", "msgspec", "click")


@click.command()
@as_json
def version(as_json: bool) -> None:
    """Show the version, that of Python, and those of the libraries that matter most."""
    found: dict[str, str | None] = {
        "leaderboard": __version__,
        "python": platform.python_version(),
        "system": platform.platform(),
    }
    found |= {name: installed(name) for name in MATTER}
    if as_json:
        show_json(found)
    else:
        width = max(map(len, found))
        click.echo("\n".join(f"{name:{width}}  {it or 'not installed'}" for name, it in found.items()))


def installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


@click.command()
@as_json
def openapi(as_json: bool) -> None:
    """Print the OpenAPI document of the HTTP interface, as a node serves it; with --json on one line."""
    from leaderboard import reference

    show_document(reference.openapi(), as_json)


@click.command()
@as_json
def asyncapi(as_json: bool) -> None:
    """Print the AsyncAPI document of the live interface, as a node serves it; with --json on one line."""
    from leaderboard import reference

    show_document(reference.asyncapi(), as_json)


def show_document(document: dict[str, Any], as_json: bool) -> None:
    import msgspec

    if as_json:
        show_json(document)
    else:
        click.echo(msgspec.json.format(msgspec.json.encode(document)))
