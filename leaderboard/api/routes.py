"""Finding the route of a request without trying all of them."""

from collections import defaultdict
from collections.abc import Sequence

from starlette.routing import BaseRoute, Match, Route
from starlette.types import Receive, Scope, Send

ANYTHING = "{}"

Shape = tuple[int, str, str]


class ByShape(BaseRoute):
    """Many routes as one: tried are only those whose path looks like the request's. The second part is never a parameter."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes: defaultdict[Shape, list[Route]] = defaultdict(list)
        for route in routes:
            self._routes[shape(route.path)].append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """The first that takes the path and the method, else the first that takes the path."""
        best: tuple[Match, Scope] = (Match.NONE, {})
        if scope["type"] != "http":
            return best
        length, kind, end = shape(scope["path"])
        exact, by_parameter = (length, kind, end), (length, kind, ANYTHING)
        for route in (*self._routes.get(exact, ()), *self._routes.get(by_parameter, ())):
            match, found = route.matches(scope)
            if match.value > best[0].value:
                best = match, found | {"route": route}
            if match is Match.FULL:
                break
        return best

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].handle(scope, receive, send)


def shape(path: str) -> Shape:
    """How many parts it has, the second and the last of them; of a parameter not the name."""
    parts = path.split("/", 3)
    end = path.rpartition("/")[2]
    return path.count("/"), parts[2] if len(parts) > 2 else "", ANYTHING if end.startswith("{") else end
