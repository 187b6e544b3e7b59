"""A paper is read by the same kernels as a study, its quotes verify, and its kind has a reason."""

import io
from pathlib import Path

import pytest

from skinproof.extraction.kernel import Extractor
from skinproof.model.paper import Correction, MeshHeading, OtherAbstract, Paper, Section, SourceId
from skinproof.model.raw import RawItem
from skinproof.sources.europepmc_json import read_europepmc
from skinproof.sources.files import iter_records
from skinproof.sources.pubmed_xml import read_pubmed
from skinproof.studies.paper_documents import paper_document
from skinproof.studies.paper_kinds import KINDS, paper_kinds
from skinproof.studies.rows import search_texts, text_rows
from skinproof.tagging.kernel import Tagger
from skinproof.vocabulary.loader import load_bundled


def paper(**more: object) -> Paper:
    """A synthetic paper."""
    return Paper(record_id="PMID:999000001", source="pubmed", completeness="full", **more)  # type: ignore[arg-type]


def kinds(given: Paper) -> list[str]:
    return [found.kind for found in paper_kinds(given, paper_document(given).text)]


def mesh(*names: str) -> tuple[MeshHeading, ...]:
    return tuple(MeshHeading(name) for name in names)


def abstract(text: str) -> dict[str, object]:
    return {"title": "Synthetic example.", "abstract": (Section(text),)}


KIND_CASES: list[tuple[dict[str, object], list[str]]] = [
    ({"publication_types": ("Randomized Controlled Trial",)}, ["human"]),
    ({"publication_types": ("clinical trial, phase iii", "journal article")}, ["human"]),
    ({"publication_types": ("Randomized Controlled Trial, Veterinary",)}, ["animal"]),
    ({"mesh": mesh("Humans", "Adult", "Skin")}, ["human"]),
    ({"mesh": mesh("Humans", "Skin")}, ["human"]),
    ({"mesh": mesh("Humans", "Cells, Cultured", "Exosomes")}, ["laboratory"]),
    ({"mesh": mesh("Humans", "Animals", "Mice", "Cell Line")}, ["animal", "laboratory"]),
    ({"mesh": mesh("Animals", "Mice"), **abstract("12 patients were treated.")}, ["animal"]),
    (abstract("We treated 12 patients with synthetic drops."), ["human"]),
    (abstract("Synthetic wounds in mice healed."), ["animal"]),
    (abstract("Bound by anti-mouse antibodies."), ["unclear"]),
    (abstract("Synthetic fibroblasts were cultured in vitro."), ["laboratory"]),
    (abstract("An in vitro study, then a rat model, then ten healthy volunteers."), ["human", "animal", "laboratory"]),
    ({"title": "Synthetic drops: a systematic review.", "abstract": (Section("In 30 patients."),)}, ["review"]),
    ({"publication_types": ("Review",), "mesh": mesh("Humans", "Aged")}, ["review", "human"]),
    ({"title": "Synthetic drops: study protocol for a randomised trial"}, ["protocol"]),
    ({"title": "Synthetic."}, ["unclear"]),
    ({"publication_types": ("Preprint",), **abstract("Synthetic mouse model.")}, ["animal", "preprint"]),
    ({"ids": (SourceId("PPR", "PPR9"),)}, ["unclear", "preprint"]),
    ({"publication_types": ("Retracted Publication",)}, ["unclear", "retracted"]),
    ({"corrections": (Correction("RetractionIn", "Synth J", "999000002"),)}, ["unclear", "retracted"]),
    ({"title": "RETRACTED: Synthetic drops"}, ["unclear", "retracted"]),
    ({"title": "Why papers are retracted: synthetic"}, ["unclear"]),
    ({"corrections": (Correction("ErratumIn"), Correction("ExpressionOfConcernIn"))}, ["unclear", "corrected", "concern"]),
    ({"corrections": (Correction("ErratumFor"),)}, ["unclear", "notice"]),
    ({"publication_types": ("Retraction of Publication",)}, ["unclear", "notice"]),
    ({"corrections": (Correction("CommentIn"), Correction("UpdateIn"))}, ["unclear"]),
    ({"deleted": True}, ["deleted"]),
]  # fmt: skip


@pytest.mark.parametrize(("given", "wanted"), KIND_CASES)
def test_the_kind_of_a_paper_follows_types_headings_then_words(
    given: dict[str, object], wanted: list[str]
) -> None:
    """A mouse study shown as one in people would mislead whoever treats patients."""
    assert kinds(paper(**given)) == wanted


def test_every_kind_has_a_reason_and_words_that_verify() -> None:
    found = paper(**abstract("Twelve, then 12 adult patients were treated in vitro."))
    text = paper_document(found).text
    for kind in paper_kinds(found, text):
        assert kind.kind in KINDS and kind.reason
        assert kind.field == "abstract[0].text"
        assert (text.text_of(kind.field) or "")[kind.start : kind.end] == kind.quote


def test_the_text_of_a_paper_is_its_own_words_with_their_places() -> None:
    found = paper(
        title="Synthetic title",
        vernacular_title="Titel",
        abstract=(Section("First.", "AIMS"), Section("Second.")),
        other_abstracts=(
            OtherAbstract((Section("Plain."),), "plain-language-summary", "eng"),
            OtherAbstract((Section("Deutsch."),), "Publisher", "ger"),
        ),
        keywords=("scar",),
        mesh=mesh("Exosomes"),
    )
    text = paper_document(found).text
    assert [(f.path, f.text) for f in text.fields] == [
        ("title", "Synthetic title"),
        ("vernacular_title", "Titel"),
        ("abstract[0].text", "First."),
        ("abstract[1].text", "Second."),
        ("other_abstracts[0].sections[0].text", "Plain."),
        ("keywords[0]", "scar"),
        ("mesh[0].descriptor", "Exosomes"),
    ]
    searched = search_texts(paper_document(found).record)
    assert searched[0] == "Synthetic title\nTitel" and searched[1] == "scar\nExosomes"
    assert searched[4].startswith("AIMS: First.\nSecond.\nPlain.")
    assert paper_document(paper()).text.fields == ()


@pytest.fixture(scope="module")
def kernels() -> tuple[Tagger, Extractor]:
    vocabulary = load_bundled()
    return Tagger(vocabulary), Extractor(vocabulary)


def test_a_dose_in_an_abstract_is_read_with_its_power(kernels: tuple[Tagger, Extractor]) -> None:
    tagger, extractor = kernels
    found = paper(
        title="Synthetic: exosomes of adipose stem cells for acne scars in 12 patients.",
        abstract=(
            Section("Patients received topical exosomes, 1 x 10⁹ particles/mL, three times.", "METHODS"),
        ),
    )
    record, text = paper_document(found)
    tags = tagger.tag(record, text)
    preparations = extractor.read(record, text, tags)
    assert tags.agents and tags.cutaneous.value == "yes" and preparations
    quotes = [s.quote for p in preparations for f in p.findings for r in f.readings for s in r.spans]
    assert any("10⁹ particles/mL" in quote for quote in quotes)


def test_every_quote_of_the_real_samples_verifies(shared: Path, kernels: tuple[Tagger, Extractor]) -> None:
    tagger, extractor = kernels
    folder = shared / "data" / "samples"
    files = [f for name in ("medline", "pubmed", "europepmc") for f in sorted((folder / name).iterdir())]
    papers = quotes = 0
    for path in files:
        for item in iter_records(io.BytesIO(path.read_bytes()), path.name):
            assert isinstance(item, RawItem)
            found = (read_pubmed if item.source == "pubmed" else read_europepmc)(item.body).record
            record, text = paper_document(found)
            tags = tagger.tag(record, text)
            rows = text_rows(record, tags)
            assert rows["arms"] == rows["outcomes"] == []
            spans = [(t.field, t.start, t.end, t.quote) for t in tags.tags]
            spans += [
                (s.field, s.start, s.end, s.quote)
                for p in extractor.read(record, text, tags)
                for f in p.findings
                for r in f.readings
                for s in r.spans
            ]
            told = paper_kinds(found, text)
            assert told
            spans += [(k.field, k.start, k.end, k.quote) for k in told if k.field is not None]  # type: ignore[misc]
            for field, start, end, quote in spans:
                assert (text.text_of(field) or "")[start:end] == quote
            papers += 1
            quotes += len(spans)
    assert papers == 367 and quotes > 600
