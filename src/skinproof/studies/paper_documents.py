"""A paper as the text and the record that tagging and extraction read: its own words, each with its place.

The words of title, abstract, keywords and headings are the paper's; the titles it cites are not, and stay out.
"""

from collections.abc import Iterator
from typing import NamedTuple

from skinproof.model.paper import Paper
from skinproof.model.record import (
    ConditionsModule,
    DescriptionModule,
    IdentificationModule,
    ProtocolSection,
    Reference,
    ReferencesModule,
    StudyRecord,
)
from skinproof.studies.documents import FieldText, StudyText

RULE = "document.paper/1"
"""Which fields of a paper are read and in which order; a change here changes every offset of the joined text."""


class PaperDocument(NamedTuple):
    """record: the paper in the shape of a study's record, with no arms, outcomes or design; text: what is read."""

    record: StudyRecord
    text: StudyText


def paper_document(paper: Paper) -> PaperDocument:
    """What `Tagger.tag(record, text)`, `Extractor.read(record, text, tags)`, `search_texts(record)` and
    `text_rows(record, tags)` take.

    Paths of the text are those of `Paper`: `title`, `vernacular_title`, `abstract[0].text`,
    `other_abstracts[0].sections[0].text` (English only), `keywords[0]`, `mesh[0].descriptor`; a span's quote is
    `text.text_of(path)[start:end]`. An abstract section's label is no part of its text.
    """
    return PaperDocument(_record(paper), StudyText(_fields(paper)))


def _fields(paper: Paper) -> Iterator[FieldText]:
    if paper.title:
        yield FieldText("title", paper.title, "title", "briefTitle")
    if paper.vernacular_title:
        yield FieldText("vernacular_title", paper.vernacular_title, "title", "officialTitle")
    for i, section in enumerate(paper.abstract):
        yield FieldText(f"abstract[{i}].text", section.text, "summary", "briefSummary", i)
    for i, other in enumerate(paper.other_abstracts):
        if other.language in ("eng", None):
            for j, section in enumerate(other.sections):
                path = f"other_abstracts[{i}].sections[{j}].text"
                yield FieldText(path, section.text, "description", "detailedDescription", i)
    for i, keyword in enumerate(paper.keywords):
        yield FieldText(f"keywords[{i}]", keyword, "keyword", "keywords", i)
    for i, heading in enumerate(paper.mesh):
        yield FieldText(f"mesh[{i}].descriptor", heading.descriptor, "keyword", "keywords", i)


def _record(paper: Paper) -> StudyRecord:
    abstract = "\n".join(f"{s.label}: {s.text}" if s.label else s.text for s in paper.abstract)
    others = "\n".join(s.text for other in paper.other_abstracts for s in other.sections)
    return StudyRecord(
        protocol_section=ProtocolSection(
            identification_module=IdentificationModule(
                brief_title=paper.title, official_title=paper.vernacular_title
            ),
            description_module=DescriptionModule(
                brief_summary=abstract or None, detailed_description=others or None
            ),
            conditions_module=ConditionsModule(
                keywords=(*paper.keywords, *(heading.descriptor for heading in paper.mesh))
            ),
            references_module=ReferencesModule(
                references=tuple(
                    Reference(pmid=cited.pmid, citation=cited.citation) for cited in paper.references
                )
            ),
        )
    )
