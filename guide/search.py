"""Search in the guide by the words of a question."""

import re
from collections import Counter
from functools import lru_cache
from itertools import pairwise
from math import log

from core.formatting import fold
from guide.documents import GuideSection, sections

MOST_FOUND = 8
LONGEST_QUERY = 200
WORD = re.compile(r"\w+")
# Words of every question, without accents.
OF_QUESTIONS = frozenset(
    re.findall(
        r"\w+",
        "ai bao bi cach cai can cho co cua dau de den di do duoc gi hay hoi khi khong la lam lau luc mot"
        " muon nao nay nhu o ra roi sao the thi toi tren trong tu va vao vi voi ve xem",
    )
)
# A word in the heading counts so many times as much as one in the text.
HEADING = 4
# Two words that stand side by side, as in the question.
PAIR = 3
# What a section must hold of the weight of the question's words.
SHARE = 0.5


def search(query: str) -> list[GuideSection]:
    """Return the sections that hold most of a question's words, rare words counting more; the best first."""
    spoken = _words(query[:LONGEST_QUERY])
    terms = [word for word in spoken if word not in OF_QUESTIONS]
    pairs = {f" {one} {other} " for one, other in pairwise(spoken)}
    index, spread = _index()
    weights = {word: log(1 + len(index) / spread[word]) for word in terms if spread[word]}
    # A word that the guide does not know weighs as one that a single section has.
    whole = sum(weights.get(word, log(1 + len(index))) for word in set(terms))
    if not weights:
        return []
    ranked = []
    for place, (section, heading, text, running) in enumerate(index):
        weight_held = sum(weight for word, weight in weights.items() if word in text or word in heading)
        if weight_held >= SHARE * whole:
            score: float = PAIR * sum(pair in running for pair in pairs)
            score += sum(
                weight * (HEADING * (word in heading) + log(1 + text[word])) for word, weight in weights.items()
            )
            ranked.append((-score, place, section))
    return [section for _, _, section in sorted(ranked, key=lambda one: one[:2])[:MOST_FOUND]]


@lru_cache(maxsize=1)
def _index() -> tuple[list[tuple[GuideSection, frozenset[str], Counter[str], str]], Counter[str]]:
    """Return (section, words of its headings, its words, these in a row), and in how many sections each word stands."""
    rows = []
    for section in sections():
        text = _words(f"{section.title} {section.text}")
        heading = frozenset(_words(f"{section.document_title} {section.title}"))
        rows.append((section, heading, Counter(text), f" {' '.join(text)} "))
    return rows, Counter(word for _, heading, text, _ in rows for word in heading | text.keys())


def _words(text: str) -> list[str]:
    return WORD.findall(fold(text))
