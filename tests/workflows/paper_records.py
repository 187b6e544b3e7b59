"""Synthetic papers and registrations for tests of links: invented, with ids that say so."""

from pathlib import Path
from typing import Any

from tests.sources.paper_samples import article, article_set
from tests.workflows.records import given, record

ABSTRACT = "<Abstract><AbstractText>{}</AbstractText></Abstract>"
TYPES = "<PublicationTypeList>{}</PublicationTypeList>"
BANK = """<DataBankList CompleteYN="Y"><DataBank><DataBankName>ClinicalTrials.gov</DataBankName><AccessionNumberList>
{}</AccessionNumberList></DataBank></DataBankList>"""


def paper(
    number: int, title: str, abstract: str, *, types: tuple[str, ...] = (), bank: tuple[str, ...] = ()
) -> str:
    """One synthetic PubMed article (PMID 999000000 + number)."""
    listed = BANK.format("".join(f"<AccessionNumber>{one}</AccessionNumber>" for one in bank)) if bank else ""
    kinds = TYPES.format("".join(f"<PublicationType>{kind}</PublicationType>" for kind in types))
    inside = ABSTRACT.format(abstract) + listed + (kinds if types else "")
    return article(number, title=title, inside=inside)


TRIAL = paper(
    1,
    "Synthetic: exosomes for acne scar in 12 patients",
    "Synthetic abstract. 12 patients received adipose stem cell exosomes. Registered as NCT99000001.",
    types=("Randomized Controlled Trial",),
    bank=("NCT99000001",),
)
REVIEW = paper(
    2,
    "Synthetic: a systematic review of exosomes and PRP",
    "Synthetic abstract naming NCT99000001 and NCT99000002.",
    types=("Systematic Review",),
)
ALONE = paper(
    3, "Exosomes for acne scar", "Synthetic abstract of a paper with the title of a study and no id."
)
PAPERS = (TRIAL, REVIEW, ALONE)


def papers_file(path: Path, *articles: str) -> Path:
    """A PubMed XML file of some papers."""
    path.write_bytes(article_set(*articles))
    return path


def named(number: int, *others: str, **more: Any) -> dict[str, Any]:
    """A synthetic record that names other registry ids as its own."""
    made = record(
        number, title=f"Synthetic trial {number}", updated="2021-01-01", **given("Exosomes", "Acne"), **more
    )
    ident = made["protocolSection"]["identificationModule"]
    ident["secondaryIdInfos"] = [{"id": other, "type": "REGISTRY"} for other in others]
    return made
