"""Reading preparations: what it adds to tagging, how many records a second, whether time grows with length alone.

python benchmarks/extraction.py [--texts 20227] [--records 600] [--pairs 5]

Added time: all trial texts are tagged, then tagged and read, one run right after the other; the share is what reading
adds to tagging. Records a second: records whose study gives an agent, reading alone. Length: one real record whose
description is repeated up to 1 MB. Amounts: our `find_amounts` against quantulum3 on the same texts, time and what each
reads of hand-checked phrases (benchmarks know no gold table: the phrases stand in this file).
"""

import argparse
import statistics
from functools import partial

import msgspec
from common import load_texts, seconds
from quantulum3 import parser as quantulum

from skinproof.extraction.kernel import Extractor
from skinproof.extraction.quantities import find_amounts
from skinproof.model.record import StudyRecord
from skinproof.model.tags import StudyTags
from skinproof.studies.documents import StudyText, study_text
from skinproof.tagging.kernel import Tagger
from skinproof.vocabulary.loader import load_bundled

Tagged = tuple[StudyRecord, StudyText, StudyTags]

PHRASES: tuple[tuple[str, float], ...] = (
    ("2.0*10^8 nano vesicles/3 ml", 2e8),
    ("1E10 particles/mL", 1e10),
    ("7x1011 EVs", 7e11),
    ("(1.22-1.51) × 10 (6)/kg", 1.22e6),
    ("1.22 to 1.51 million MSCs/kg", 1.22e6),
    ("5–10 billion exosomes", 5e9),
    ("0.5-1 × 10⁶ cells/cm2", 0.5e6),
    ("200 billion particles per vial", 200e9),
    ("50μg or 20μg in 10μl PBS", 50.0),
    ("1,5 x 10^6 cells", 1.5e6),
)
"""Real ways to write an amount, and the first number as a person reads it, in the unit written (counts in ones)."""


def added(
    tagger: Tagger, extractor: Extractor, texts: list[tuple[StudyRecord, StudyText]], pairs: int
) -> None:
    """What reading adds to tagging, in per cent of its time."""

    def tag() -> None:
        for record, text in texts:
            tagger.tag(record, text)

    def both() -> None:
        for record, text in texts:
            extractor.read(record, text, tagger.tag(record, text))

    both()
    shares = sorted(seconds(both) / seconds(tag) - 1 for _ in range(pairs))
    print(
        f"reading adds to tagging {len(texts):,} texts: {statistics.median(shares):6.1%}"
        f"  ({shares[0]:.1%} to {shares[-1]:.1%})  target <= 50%",
        flush=True,
    )


def rate(extractor: Extractor, tagged: list[Tagged], pairs: int) -> None:
    """Agent-bearing records a second, reading alone, one process."""

    def read() -> None:
        for record, text, tags in tagged:
            extractor.read(record, text, tags)

    read()
    times = sorted(len(tagged) / seconds(read) for _ in range(pairs))
    print(
        f"agent-bearing records read: {statistics.median(times):,.0f} a second and core"
        f"  ({times[0]:,.0f} to {times[-1]:,.0f}; {len(tagged):,} records)  target >= 200",
        flush=True,
    )


def lengths(tagger: Tagger, extractor: Extractor, tagged: list[Tagged]) -> None:
    """Milliseconds a kB for one record made longer and longer."""
    record, text, _ = max(tagged[:200], key=lambda item: len(item[1].text))
    description = record.protocol_section.description_module
    piece = description.detailed_description or description.brief_summary or text.text
    print(f"\none record with its description repeated (piece of {len(piece):,} characters):")
    for size in (10_000, 30_000, 100_000, 300_000, 1_000_000):
        longer = msgspec.structs.replace(
            description, detailed_description=(piece + "\n\n") * max(1, size // (len(piece) + 2))
        )
        section = msgspec.structs.replace(record.protocol_section, description_module=longer)
        whole = msgspec.structs.replace(record, protocol_section=section)
        words = study_text(whole)
        tags = tagger.tag(whole, words)
        work = partial(extractor.read, whole, words, tags)
        taken = statistics.median(seconds(work) for _ in range(3))
        print(
            f"  {len(words.text):>9,} characters {taken * 1e3:9.1f} ms {taken * 1e6 / len(words.text):6.2f} ms/kB"
        )


def amounts(tagged: list[Tagged], pairs: int) -> None:
    """`find_amounts` against quantulum3: the same fields, and the same phrases."""
    fields = [
        field.text
        for _, text, _ in tagged[:60]
        for field in text.fields
        if field.kind in ("arm", "intervention") and len(field.text) < 2000
    ]

    def ours() -> None:
        for field in fields:
            find_amounts(field)

    def theirs() -> None:
        for field in fields:
            quantulum.parse(field)

    ours(), theirs()
    ratios = sorted(seconds(theirs) / seconds(ours) for _ in range(pairs))
    print(
        f"\nfind_amounts against quantulum3, {len(fields)} fields: {statistics.median(ratios):.0f}x as fast"
    )
    right = {"ours": 0, "quantulum3": 0}
    for phrase, expected in PHRASES:
        found = [a.quantity for a in find_amounts(phrase) if a.quantity is not None]
        right["ours"] += bool(found) and abs(found[0].low / expected - 1) < 1e-9
        other = [q.value for q in quantulum.parse(phrase)]
        right["quantulum3"] += bool(other) and abs(other[0] / expected - 1) < 1e-9
    print(
        f"first number right of {len(PHRASES)} phrases: ours {right['ours']}, quantulum3 {right['quantulum3']}"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--texts", type=int, default=20_227)
    arguments.add_argument("--records", type=int, default=600)
    arguments.add_argument("--pairs", type=int, default=5)
    options = arguments.parse_args()
    vocabulary = load_bundled()
    tagger, extractor = Tagger(vocabulary), Extractor(vocabulary)
    added(tagger, extractor, load_texts("trial_texts_v2.jsonl.gz", options.texts), options.pairs)
    given = []
    for record, text in load_texts("msc_v2.jsonl.gz", 10 * options.records):
        tags = tagger.tag(record, text)
        if len(given) < options.records and any(role in ("given", "carrier") for _, role in tags.agents):
            given.append((record, text, tags))
    rate(extractor, given, options.pairs)
    lengths(tagger, extractor, given)
    amounts(given, options.pairs)


if __name__ == "__main__":
    main()
