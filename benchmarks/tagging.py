"""Tagging against its peers on the same terms and texts, in one run.

python benchmarks/tagging.py [--texts 4000] [--pairs 5] [--all]

Matching alone: every form of the vocabulary that counts in any case, longest first. spaCy's PhraseMatcher(attr="LOWER")
with filter_spans is the yardstick (tokenising included: it cannot match without); pyahocorasick and flashtext for company.
Then the whole kernel (context, roles, scope, suggestions) against PhraseMatcher's bare matching. Ratios are medians over
pairs run one after the other. --all compares the matches over all texts and sorts every difference by its reason.
"""

import argparse
import collections
import re
import statistics
from collections.abc import Callable

import ahocorasick
import flashtext
import spacy
from common import load_texts, seconds
from spacy.matcher import PhraseMatcher
from spacy.util import filter_spans

from skinproof.tagging.kernel import Tagger, vocabulary_forms
from skinproof.tagging.matcher import Form, Matcher
from skinproof.vocabulary.loader import load_bundled

Spans = set[tuple[int, int]]


def ratio(
    name: str, n: int, fast: Callable[[], object], slow: Callable[[], object], pairs: int, target: str
) -> None:
    """Prints docs/s of both and the median of the paired ratios."""
    fast(), slow()
    times = [(seconds(fast), seconds(slow)) for _ in range(pairs)]
    ratios = sorted(b / a for a, b in times)
    ours, theirs = (n / statistics.median(column) for column in zip(*times, strict=True))
    print(
        f"{name:44} {ours:9,.0f} docs/s  peer {theirs:8,.0f}  ratio {statistics.median(ratios):5.1f}"
        f"  ({ratios[0]:.1f} to {ratios[-1]:.1f}){target}",
        flush=True,
    )


def spacy_finder(forms: list[str]) -> Callable[[str], Spans]:
    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    matcher.add("term", [nlp.make_doc(form) for form in forms])

    def find(text: str) -> Spans:
        spans = filter_spans(matcher(nlp.make_doc(text), as_spans=True))
        return {(span.start_char, span.end_char) for span in spans}

    return find


def pyahocorasick_finder(forms: list[str]) -> Callable[[str], Spans]:
    """Lower case, word ends checked after, longest first (white-space and hyphen variants are not its job)."""
    automaton = ahocorasick.Automaton()
    for form in forms:
        automaton.add_word(form.lower(), len(form))
    automaton.make_automaton()

    def find(text: str) -> Spans:
        low = text.lower()
        found = []
        for end, length in automaton.iter(low):
            start = end - length + 1
            if (start == 0 or not low[start - 1].isalnum()) and (
                end + 1 == len(low) or not low[end + 1].isalnum()
            ):
                found.append((start, end + 1))
        found.sort(key=lambda span: (span[0] - span[1], span[0]))
        kept: Spans = set()
        for start, end in found:
            if all(end <= other or start >= until for other, until in kept):
                kept.add((start, end))
        return kept

    return find


def flashtext_finder(forms: list[str]) -> Callable[[str], Spans]:
    processor = flashtext.KeywordProcessor()
    for form in forms:
        processor.add_keyword(form)
    return lambda text: {(start, end) for _, start, end in processor.extract_keywords(text, span_info=True)}


def why(text: str, span: tuple[int, int], others: Spans, ours: bool) -> str:
    """A reason for a match that only one side has."""
    start, end = span
    quote = text[start:end]
    side = "only ours" if ours else "only spaCy"
    if any((start, end) != other and start < other[1] and other[0] < end for other in others):
        if any(start == other[0] and abs(end - other[1]) == 1 for other in others):
            return f"{side}: the same words, with or without the sign at the end (CD34+)"
        return f"{side}: overlapping forms, ours takes the longest in characters, spaCy in tokens it can see"
    if re.search(r"[-/'’‐-―_]", quote) or re.search(r"\s{2,}|\n", quote):
        return f"{side}: hyphen, slash, apostrophe or line break inside a form counts as a space"
    if not quote.isascii():
        return f"{side}: accented or Greek letter folded"
    if re.search(r"\S", text[max(0, start - 1) : start] + text[end : end + 1]):
        return f"{side}: spaCy keeps the word and a neighbouring sign in one token (hyphen, slash, bracket, unit)"
    return f"{side}: spaCy's tokens of the text differ from those of the form"


def compare(texts: list[str], ours: Callable[[str], Spans], theirs: Callable[[str], Spans]) -> None:
    """Counts matches of both sides and sorts the differences by reason, with one example each."""
    both = mine = other = 0
    reasons: collections.Counter[str] = collections.Counter()
    example: dict[str, str] = {}
    for text in texts:
        a, b = ours(text), theirs(text)
        both += len(a & b)
        mine += len(a - b)
        other += len(b - a)
        for spans, others, is_ours in ((a - b, b, True), (b - a, a, False)):
            for start, end in sorted(spans):
                reason = why(text, (start, end), others, is_ours)
                reasons[reason] += 1
                example.setdefault(reason, " ".join(text[max(0, start - 12) : end + 8].split()))
    print(f"\nmatches over {len(texts):,} texts: same {both:,}, only ours {mine:,}, only spaCy {other:,}")
    for reason, n in reasons.most_common():
        print(f"  {n:6,}  {reason}, as in: {example[reason]}")


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--texts", type=int, default=4000)
    options.add_argument("--pairs", type=int, default=5)
    options.add_argument("--all", action="store_true")
    chosen = options.parse_args()
    tagger = Tagger(load_bundled())
    forms = sorted(
        {form.text for form in vocabulary_forms(tagger.vocabulary) if form.owner and not form.exact}
    )
    plain = Matcher(Form(text, "term") for text in forms)
    studies = load_texts("trial_texts_v2.jsonl.gz", chosen.texts)
    texts = [text.text for _, text in studies]
    print(
        f"{len(forms):,} forms, {len(texts):,} texts, mean {sum(map(len, texts)) / len(texts):,.0f} characters\n"
    )

    def ours(text: str) -> Spans:
        return {(match.start, match.end) for match in plain.find(text)}

    phrase = spacy_finder(forms)
    n, pairs = len(texts), chosen.pairs

    def run_phrase() -> None:
        for text in texts:
            phrase(text)

    def run_plain() -> None:
        for text in texts:
            plain.find(text)

    def run_full_matcher() -> None:
        for text in texts:
            tagger.matcher.scan(text)

    def run_kernel() -> None:
        for record, text in studies:
            tagger.tag(record, text)

    ratio("matching alone / PhraseMatcher", n, run_plain, run_phrase, pairs, "  target >= 20")
    ratio("all forms, context words, probes / same", n, run_full_matcher, run_phrase, pairs, "")
    ratio("whole kernel / PhraseMatcher bare", n, run_kernel, run_phrase, pairs, "  target >= 4")
    for name, make in (("pyahocorasick", pyahocorasick_finder), ("flashtext", flashtext_finder)):
        finder = make(forms)
        ratio(
            f"matching alone / {name}", n, run_plain, lambda f=finder: [f(text) for text in texts], pairs, ""
        )
    compare(
        [text.text for _, text in load_texts("trial_texts_v2.jsonl.gz", None)] if chosen.all else texts,
        ours,
        phrase,
    )


if __name__ == "__main__":
    main()
