"""Tables and the like, by rich: it knows how wide the letters of each script are."""

import contextlib
import io
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from leaderboard.cli.console import plain

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

Tell = Callable[[str], object]

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
    """As text, as wide as it is where nobody watches."""
    watched, out = sys.stdout.isatty(), io.StringIO()
    width = shutil.get_terminal_size().columns if watched else WIDE
    console(file=out, width=width, force_terminal=watched).print(what)
    return "".join(f"{line.rstrip()}\n" for line in out.getvalue().splitlines())


def console(**options: Any) -> "Console":
    """One that takes nothing for markup. Colours are its business: it knows NO_COLOR (no-color.org)."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, **options)


@contextlib.contextmanager
def working(what: str, as_json: bool) -> Iterator[Tell]:
    """That something is going on, and what is said of it, in a line on standard error, where somebody watches."""
    if as_json or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.text import Text

    with console(stderr=True).status(Text(what)) as status:
        yield lambda text: status.update(Text(text))
