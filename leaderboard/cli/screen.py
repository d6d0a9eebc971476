"""Tables and the like, by rich: it knows how wide the letters of each script are."""

import io
import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from leaderboard.cli.console import plain

if TYPE_CHECKING:
    from rich.console import RenderableType

WIDE = 10_000  # where nobody watches, nothing is folded


def table(headings: Sequence[str], rows: Iterable[Sequence[str | int]]) -> "RenderableType":
    """Numbers stand on the right. In headings a `*` marks the column that is folded where there is too little room."""
    from rich.table import Table
    from rich.text import Text

    rows = list(rows)
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column, heading in enumerate(headings):
        numbers = bool(rows) and all(isinstance(row[column], int) for row in rows)
        folded = heading.startswith("*")
        made.add_column(
            heading.lstrip("*"), justify="right" if numbers else "left", no_wrap=not folded, overflow="fold"
        )
    for row in rows:
        made.add_row(*(Text(plain(str(it))) for it in row))
    return made


def rendered(what: "RenderableType") -> str:
    """As text; with colours where they are seen and wanted (no-color.org)."""
    from rich.console import Console

    watched = sys.stdout.isatty()
    out = io.StringIO()
    console = Console(
        file=out,
        width=shutil.get_terminal_size().columns if watched else WIDE,
        force_terminal=watched,
        no_color=bool(os.environ.get("NO_COLOR")),
        highlight=False,
        markup=False,
        emoji=False,
    )
    console.print(what)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())
