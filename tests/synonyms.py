"""A second look at vocabulary quizzes, which shares no code with what makes them: is a wrong answer right after all?"""

import re
from collections import defaultdict
from collections.abc import Iterator

from leaderboard.quiz.content import Question

ASKED = re.compile(r"Which \w+ means: (?P<meaning>.*)\?|What does “(?P<word>.*)” \(\w+\) mean\?|Which .*", re.DOTALL)


class Thesaurus:
    """The rows of a table with the columns word, pos, cefr, sense, synonyms, gloss, example."""

    def __init__(self, table: str) -> None:
        self.same: defaultdict[str, set[str]] = defaultdict(set)  # a word and what it can stand for, in any sense
        self.meant: defaultdict[str, set[str]] = defaultdict(set)  # the words that have this gloss
        for line in table.splitlines()[1:]:
            word, _, _, _, synonyms, gloss, _ = line.lower().split("\t")
            self.same[word] |= {word, *synonyms.split("|")} - {""}
            self.meant[gloss.strip().rstrip(".")].add(word)

    def second_answers(self, question: Question) -> Iterator[str]:
        """The wrong choices that are right, or give the right one away."""
        asked = ASKED.fullmatch(question.text)
        assert asked, question.text
        right, *wrong = sorted(map(str.lower, question.choices), key=lambda it: it != self.right(question))
        for choice in wrong:
            if asked["word"]:
                ones, others = {asked["word"].lower()}, self.meant[choice.rstrip(".")]
            else:
                ones, others = {right}, {choice}
            if any(self.same[one] & self.same[other] for one in ones for other in others):
                yield choice
            if asked["meaning"] and choice in re.findall(r"\w+", asked["meaning"].lower()):
                yield choice

    @staticmethod
    def right(question: Question) -> str:
        return question.choices[int(question.answer[0])].lower()
