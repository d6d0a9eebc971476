"""By which words a quiz is found: those of its title, description and tags, without difference of case and accents."""

import regex

from leaderboard.quiz.content import Quiz
from leaderboard.quiz.grading import fold

MOST_TERMS = 100  # of one quiz
MOST_WORDS = 10  # of one search
MAX_TERM = 40  # characters

# Scripts without spaces between their words: each character is one.
UNSPACED = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
WORD = regex.compile(rf"{UNSPACED}\p{{M}}*|[[\p{{L}}\p{{M}}\p{{N}}]--{UNSPACED}]+", regex.V1)

TAG, LANGUAGE = "#", "@"  # what these begin with; no word does
GAP = "\x1f"  # in a tag for a space, which stands between terms


def words_of(text: str) -> list[str]:
    """Its words in the form in which they are compared, each once."""
    return list(dict.fromkeys(word[:MAX_TERM] for word in WORD.findall(fold(text))))


def tag_term(tag: str) -> str:
    return TAG + fold(tag).replace(" ", GAP)


def language_terms(language: str) -> list[str]:
    """A language is found also without its region: en-GB is en."""
    whole = language.casefold()
    return [LANGUAGE + part for part in dict.fromkeys((whole, whole.partition("-")[0]))] if language else []


def terms_of(quiz: Quiz) -> list[str]:
    """What a quiz is found by, in order. What is most telling has a place if there are too many."""
    terms = [*language_terms(quiz.language), *map(tag_term, quiz.tags)]
    for text in (quiz.title, *quiz.tags, quiz.description):
        terms += words_of(text)
    return sorted(list(dict.fromkeys(terms))[:MOST_TERMS], key=str.encode)
