"""Which column of a word list holds what, by the words of its heading."""

import re

from leaderboard.quiz.grading import fold

# For each field of a Word, what programs and teachers write above it. What stands first is looked for first.
HEADINGS: dict[str, tuple[str, ...]] = {
    "word": ("word", "headword", "head word", "lemma", "vocabulary", "vocab", "expression", "english"),
    "article": ("article",),
    "pos": ("pos", "part of speech", "word class", "wordclass"),
    "level": ("level", "cefr", "cefr level"),
    "meaning": ("meaning", "definition", "gloss", "explanation"),
    "translation": ("translation", "translated"),
    "synonyms": ("synonyms", "synonym"),
    "example": ("example", "examples", "example sentence", "sentence", "usage"),
    "field": ("field", "topic", "category", "theme", "subject", "unit", "lesson"),
}
LANGUAGE = re.compile(
    "afrikaans|albanian|arabic|armenian|azerbaijani|basque|bengali|bulgarian|catalan|chinese|croatian|czech|danish|dutch|"
    "esperanto|estonian|farsi|finnish|french|galician|georgian|german|greek|hebrew|hindi|hungarian|icelandic|indonesian|"
    "irish|italian|japanese|kazakh|korean|latin|latvian|lithuanian|malay|mandarin|norwegian|persian|polish|portuguese|"
    "romanian|russian|serbian|slovak|slovene|slovenian|spanish|swahili|swedish|tagalog|tamil|thai|turkish|ukrainian|urdu|"
    "uzbek|vietnamese|welsh|deutsch|espanol|francais|italiano|nederlands|polski|portugues|turkce"
)
CODE = re.compile(r" [a-z]{2}$")
BLANKS = re.compile(r"[\W_]+")


def columns(row: list[str]) -> dict[str, int]:
    """The place of each field in rows under this heading; nothing if it is no heading of a word list.

    "word_en" and "word_ru" are the word and its translation, as are "German" and "Turkish".
    """
    names = [" ".join(BLANKS.sub(" ", fold(cell[:40])).split()) for cell in row[:50]]
    bases = [CODE.sub("", name) for name in names]
    found = {
        field: bases.index(title) for field, titles in HEADINGS.items() for title in titles[::-1] if title in bases
    }
    spoken = [place for place, name in enumerate(names) if LANGUAGE.fullmatch(name)]
    if "word" not in found and spoken:
        found["word"] = spoken.pop(0)
    if "word" in found and "translation" not in found:
        again = [place for place, base in enumerate(bases) if base == bases[found["word"]] and place != found["word"]]
        found |= dict(zip(["translation"], spoken + again, strict=False))
    return found if "word" in found and len(found) > 1 else {}
