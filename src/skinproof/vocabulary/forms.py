"""How written forms are compared and which regular plurals are made from them."""

_DASHES = dict.fromkeys(map(ord, "-‐‑‒–—−_"), " ")
_QUOTES = dict.fromkeys(map(ord, "’‘ʼ`´"), "'")
_SAME = _DASHES | _QUOTES


def normal_form(text: str) -> str:
    """`text` as forms are compared: one case, hyphens and spaces alike, one kind of apostrophe.

    >>> normal_form("Exosome–like  Vesicle")
    'exosome like vesicle'
    """
    if text.isascii():  # nearly every form; translate() costs four times as much
        return " ".join(text.replace("-", " ").replace("_", " ").replace("`", "'").lower().split())
    return " ".join(text.translate(_SAME).casefold().split())


def plural(form: str) -> str | None:
    """The regular English plural of `form`, None where its last word has none that is safe to make.

    Left alone: words that end in s (psoriasis, loss), in a digit or sign, words under three letters, and
    inverted headings ("dermatitis, atopic").

    >>> plural("extracellular vesicle"), plural("platelet therapy"), plural("skin patch"), plural("psoriasis")
    ('extracellular vesicles', 'platelet therapies', 'skin patches', None)
    """
    last = form.replace("-", " ").rsplit(None, 1)[-1]
    if "," in form or len(last) < 3 or not last.isalpha() or last[-1] in "sS":
        return None
    if last[-1] in "yY" and last[-2].lower() not in "aeiou":
        return form[:-1] + "ies"
    if last.lower().endswith(("x", "z", "ch", "sh")):
        return form + "es"
    return form + "s"
