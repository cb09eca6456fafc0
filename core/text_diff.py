"""Differences between two versions of a sentence. Pure: no Django."""

import difflib


def changed_words(before: str, after: str) -> list[tuple[str, bool]]:
    """Return the words of `after` in order, as (words, True) where they differ from those of `before`."""
    old, new = before.split(), after.split()
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    return [
        (" ".join(new[first:last]), tag != "equal") for tag, _, _, first, last in matcher.get_opcodes() if first < last
    ]


def corrected_words(text: str, signed: str) -> list[tuple[str, bool]]:
    """Return the words of `text` in order, as (words, True) where they correct the signed text; signed: empty where
    nothing was corrected."""
    return changed_words(signed, text) if signed and signed != text else [(text, False)]
