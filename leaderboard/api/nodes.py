"""Watching the server: its nodes, the quizzes that are played on them, what is allowed."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from leaderboard.api.asking import Ask
from leaderboard.api.operations import operation
from leaderboard.errors import NoSuchNode
from leaderboard.quiz.accounts import SignUp
from leaderboard.state.nodes import Living, NodeView, Running


class Cap(Struct):
    """`used`: how many there are just now; of an address or a quiz that is the one with the most."""

    name: str
    most: int
    used: int


class Rate(Struct):
    """So many requests in so many seconds."""

    name: str
    requests: int
    seconds: int


class InForce(Struct):
    """What the node that was asked allows. Without `rates` nothing is limited that way."""

    node: str
    caps: list[Cap]
    rates: list[Rate]
    library_mb: int
    sign_up: SignUp


@operation("GET", "/v1/admin/nodes")
async def nodes(ask: Ask) -> Living:
    """The nodes that live."""
    return await ask.quizzes.nodes.living()


@operation("POST", "/v1/admin/nodes/{node}/drain", NoSuchNode, status=202)
async def drain(ask: Ask) -> NodeView:
    """Ask a node, by its ID or its name, to end without harm to anybody: its players are sent to the others.

    It hears this within two seconds. What comes back is the node as it was before."""
    asked = await ask.quizzes.nodes.drain(ask.request.path_params["node"])
    await ask.note(subject=asked.name)
    return asked


@operation("GET", "/v1/admin/quizzes")
async def running(ask: Ask) -> list[Running]:
    """The quizzes with sockets on any node, those with the most first."""
    return await ask.quizzes.nodes.running()


@operation("GET", "/v1/admin/limits")
async def limits(ask: Ask) -> InForce:
    """The limits in force, and how much of them is used."""
    state = ask.request.app.state
    caps: Callable[[], Iterable[tuple[str, int, int]]] = state.caps
    rates = [Rate(it.name, it.quota, it.window_s) for it in ask.quizzes.limits.policies]
    return InForce(
        node=state.settings.name,
        caps=[Cap(*cap) for cap in caps()],
        rates=rates,
        library_mb=state.settings.library_mb,
        sign_up=state.settings.sign_up,
    )
