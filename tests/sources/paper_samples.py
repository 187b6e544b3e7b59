"""Small PubMed-like files for tests; every paper in them is synthetic (PMID from 999000001 on) and says so."""

import io

from skinproof.model.raw import Limits, RawItem, Refusal
from skinproof.sources.files import iter_records


def article(number: int, *, inside: str = "", title: str = "Synthetic example of an article.") -> str:
    """One synthetic PubMed article; `inside` goes behind its title."""
    return f"""<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{999_000_000 + number}</PMID>
<DateRevised><Year>2020</Year><Month>03</Month><Day>04</Day></DateRevised>
<Article PubModel="Print"><ArticleTitle>{title}</ArticleTitle>{inside}</Article></MedlineCitation></PubmedArticle>"""


def article_set(*articles: str, root: str = "PubmedArticleSet") -> bytes:
    """A PubMed XML file."""
    start = (
        '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet SYSTEM "http://dtd.test/x.dtd">\n'
    )
    return f"{start}<{root}>\n{chr(10).join(articles)}\n</{root}>\n".encode()


def read(
    data: bytes, name: str = "given", limits: Limits | None = None
) -> tuple[list[RawItem], list[Refusal]]:
    """The items and the refusals of a file's content."""
    parts = list(iter_records(io.BytesIO(data), name, limits or Limits()))
    return [p for p in parts if isinstance(p, RawItem)], [p for p in parts if isinstance(p, Refusal)]
