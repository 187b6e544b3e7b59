"""The reference page of the vocabulary, made from the vocabulary itself.

`python -m skinproof.vocabulary.docs > docs/reference/vocabulary.md`
"""

import sys
from collections import Counter

from skinproof.vocabulary.loader import load_bundled
from skinproof.vocabulary.term import Term, Vocabulary

SHOWN = 5
"""How many forms of a term the page shows; the files hold all."""

_KIND_TITLES = {
    "agent": ("Agents", "What is given, studied as a drug's carrier, or only measured."),
    "indication": (
        "Indications",
        "What a study is about. The branches under Skin are the columns of the map.",
    ),
    "procedure": ("Procedures and routes", "What carries or accompanies an agent."),
    "process": ("Processes", "The phases of repair, and the words of ageing."),
    "source": ("Sources", "Cells, tissues and fluids that preparations are made from."),
    "species": ("Species", "Whose cells, tissue or fluid it was."),
    "donor": ("Donors", "How the donor is related to the patient."),
    "culture": ("Culture", "What the cells were grown in, and how."),
    "separation": ("Separation", "How a product is parted from the rest."),
    "marker": ("Markers", "Proteins that show what a preparation is, by the categories of MISEV."),
    "storage": ("Storage", "How a product or its source is kept."),
    "route": ("Routes", "How a product is given."),
    "potency": ("Potency", "Tests of what a product does."),
}

INTRO = """\
# Vocabulary

This page is made by `python -m skinproof.vocabulary.docs > docs/reference/vocabulary.md`; a test keeps it fresh.
The terms themselves live in `src/skinproof/vocabulary/terms/*.yml`, the codes they may carry in `codes.csv` beside them.

## A term

```yaml
kind: agent                          # one of the kinds counted below
source:                              # name -> what it is; terms point to these names
  mesh: MeSH descriptors, see codes.csv
terms:
  - id: exosome                      # its full id is agent:exosome
    label: Exosome                   # what readers see, and a form that counts
    parents: [ev]
    codes: [MESH:D055354]
    synonyms: [exosomal]             # count in any case; hyphen and space are alike
    exact: [Exos]                    # count only as written: short forms that are also other words
    needs:
      Exos: [exosome, exosomes]      # counts only if one of these occurs in the record
    unless: [exosome-free]           # inside such a phrase no form of this term counts
    also: [ev]                       # searched together with it
    source: [mesh]                   # names from the top, registry ids, PMIDs or DOIs
```

Further keys: `group: true` (the label is a heading, not a form), `class` (agents: the row of the map; taken from the
parents if absent), `cutaneous` and `aesthetic` (indications: `yes`, `no`, or `context` where the term alone does not
decide; taken from the parents if absent), `plurals: false` (make no plurals).

Regular plurals are made from the label, the synonyms and the phrases under `unless`: s, es after x, z, ch, sh, ies for y after a consonant.
None is made from exact forms, from inverted headings ("dermatitis, atopic"), after s, or of words under three letters.
Irregular plurals are listed. If a plural is listed by another term of the same kind, that term has it.

## What is refused

The loader names file, line and term, and refuses: an id, a key or a form that stands twice; one written form in two terms
of a kind, whatever its case, hyphens and spaces; unknown keys, kinds, classes, flags and codes; a parent that does not
exist; parents that lead back to the term; parents that differ in class or flag where the term states none; a missing
label or source; an empty form; `needs` of a form that is not listed.

## How to read the flags

Indications show `skin` where a study about them counts as cutaneous and `looks` where it counts as aesthetic;
a question mark means that the term alone does not decide.
"""


def reference_page(vocabulary: Vocabulary) -> str:
    """The whole page as Markdown: how a term is written, the counts, then every term under its parent."""
    counts = Counter(term.kind for term in vocabulary.terms.values())
    listed = sum(len(term.forms()) + len(term.exact) for term in vocabulary.terms.values())
    lines = [INTRO, "## Counts\n", "| kind | terms |", "|---|---|"]
    lines += [f"| {kind} | {counts[kind]} |" for kind in _KIND_TITLES]
    lines.append(
        f"\n{listed} forms are listed; {len(vocabulary.surfaces())} are looked for, plurals included.\n"
    )
    for kind, (title, meaning) in _KIND_TITLES.items():
        lines += [f"## {title}\n", f"{meaning}\n"]
        for term_id in vocabulary.top_level(kind):
            lines += _branch(vocabulary, term_id, 0, set())
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def _branch(vocabulary: Vocabulary, term_id: str, depth: int, shown: set[str]) -> list[str]:
    """The lines of a term and of what lies below it; a term with two parents stands under the first only."""
    term = vocabulary.terms[term_id]
    lines = ["  " * depth + _line(term)]
    for child in vocabulary.children(term_id):
        if vocabulary.terms[child].parents[0] == term_id and child not in shown:
            shown.add(child)
            lines += _branch(vocabulary, child, depth + 1, shown)
    return lines


def _line(term: Term) -> str:
    facts = [term.agent_class] if term.agent_class else []
    for word, value in (("skin", term.cutaneous), ("looks", term.aesthetic)):
        facts += {"yes": [word], "context": [f"{word}?"]}.get(value or "no", [])
    facts += term.codes
    forms = [*term.synonyms, *term.exact]
    more = f" and {len(forms) - SHOWN} more" if len(forms) > SHOWN else ""
    written = f": {', '.join(forms[:SHOWN])}{more}" if forms else ""
    about = f" ({', '.join(facts)})" if facts else ""
    return f"- **{term.label}** `{term.id}`{about}{written}"


if __name__ == "__main__":
    sys.stdout.write(reference_page(load_bundled()))
