"""The commands: what stands in `leaderboard --help` and in docs/operations.md, and where each is, for only what is used is
loaded."""

from typing import NamedTuple


class Command(NamedTuple):
    """`what` it does, in a line; `not_so`: what its exit status 1 means beside what it means for all.

    `where`: module and name in `leaderboard.cli`.
    """

    what: str
    not_so: str = ""
    where: str = ""


COMMANDS: dict[str, dict[str, Command]] = {
    "Nodes": {
        "serve": Command("Run a node.", "it cannot start, or its Redis has ended", "serving.serve"),
        "nodes": Command("List the nodes that live.", where="watching.nodes"),
        "drain": Command("Send the clients of a node elsewhere, and end it.", "it is still there", "drain.drain"),
        "doctor": Command("Look for what is wrong, and say the remedy.", "something is wrong", "doctor.doctor"),
        "config": Command(
            "Show the settings, and where each comes from.", "a setting is wrong", "configuration.config"
        ),
        "version": Command("Show what runs here.", where="about.version"),
    },
    "Quizzes": {
        "quizzes": Command("List the quizzes that are played, or all.", where="watching.quizzes"),
        "top": Command("Show the board of a quiz, once or as it moves.", where="top.top"),
        "bots": Command(
            "Let simulated players join and answer.", "an answer was lost, or a player was not let in", "bots.bots"
        ),
        "library": Command("Keep quizzes, edit and play them.", where="library.library"),
        "import": Command(
            "Make a quiz of a file.", "nothing in it could be imported; with `--strict`: not all", "authoring.import_"
        ),
        "vocabulary": Command("Make a quiz of a word list.", "no question came of it", "authoring.vocabulary"),
        "export": Command("Write a quiz to a file.", where="authoring.export"),
    },
    "Proofs": {
        "verify": Command(
            "Work the scores of a quiz out anew, and compare.", "something does not agree", "proving.verify"
        ),
        "explain": Command(
            "Say how a player's total came about.", "the steps do not add up to the total", "proving.explain"
        ),
        "rebuild": Command("Put the board of a quiz right.", "something does not agree afterwards", "proving.rebuild"),
        "backup": Command("Write all of a quiz to a file.", where="backup.backup"),
        "restore": Command(
            "Bring a quiz back from such a file.", "the scores of the quiz do not agree", "backup.restore"
        ),
    },
    "Other programs": {
        "dead-letters": Command("List what could not be done, or try it again.", where="letters.dead_letters"),
        "bridge": Command("Bring scores here from elsewhere.", where="bridging.bridge"),
        "openapi": Command("Print the description of the HTTP interface.", where="about.openapi"),
        "asyncapi": Command("Print the description of the live interface.", where="about.asyncapi"),
    },
}
