"""Links: by whole ids only, with doubt stated; registrations joined only where each names each."""

from skinproof.model.links import IdRow, Link, PaperFacts, StoredId, StudyFacts
from skinproof.studies.links import link
from skinproof.studies.registers import register_of
from skinproof.studies.registrations import groups


def stored(record_id: str, place: str, named: str, note: str = "") -> StoredId:
    found = register_of(named)
    register = found.register if found else "PubMed"
    row = IdRow(
        place, register, named, found.id if found else named, note, f"{place}[0]", 0, len(named), named
    )
    return StoredId(record_id, "test", "0" * 64, row)


def study(record_id: str, posted: str | None = "2019-01-01", **more: str) -> StudyFacts:
    return StudyFacts(record_id=record_id, first_posted=posted, **more)  # type: ignore[arg-type]


def paper(number: int, *kinds: str, year: int = 2021, types: tuple[str, ...] = ()) -> PaperFacts:
    return PaperFacts(
        record_id=f"PMID:{number}", pmid=str(number), year=year, kinds=kinds or ("human",), publication_types=types
    )  # fmt: skip


def linked(
    studies: list[StudyFacts], study_ids: list[StoredId], papers: list[PaperFacts], ids: list[StoredId]
) -> list[Link]:
    return list(link({s.record_id: s for s in studies}, study_ids, {p.record_id: p for p in papers}, ids))


def said(links: list[Link]) -> list[tuple[str, str, str, str]]:
    return [(k.from_id, k.to_id, k.relation, k.state) for k in links]


ONE, TWO = study("NCT99000001"), study("NCT99000002")


def test_an_id_in_databank_or_abstract_links_a_paper_to_its_study() -> None:
    """The commonest and surest way a report says what it reports."""
    ids = [stored("PMID:1", "databank", "NCT99000001"), stored("PMID:1", "abstract", "NCT99000001")]
    found = linked([ONE, TWO], [], [paper(1)], ids)
    assert said(found) == [("PMID:1", "NCT99000001", "report", "linked")] * 2
    assert [k.rule for k in found] == ["paper.databank/1", "paper.abstract/1"]
    assert all(k.quote == "NCT99000001" for k in found)


def test_a_paper_without_an_id_is_never_linked() -> None:
    """The same title is not the same study."""
    assert linked([ONE], [], [paper(1)], []) == []


def test_references_keep_their_type_background_is_no_report() -> None:
    """A registry record cites what came before as well as what came out of it."""
    ids = [
        stored("NCT99000001", "reference", "PMID:1", "RESULT"),
        stored("NCT99000001", "reference", "PMID:2", "DERIVED"),
        stored("NCT99000001", "reference", "PMID:3", "BACKGROUND"),
        stored("NCT99000001", "reference", "PMID:9", "RESULT"),
    ]
    found = linked([ONE], ids, [paper(1), paper(2), paper(3)], [])
    assert [(k.from_id, k.relation, k.rule) for k in found] == [
        ("PMID:1", "report", "registry.result/1"),
        ("PMID:2", "report", "registry.derived/1"),
        ("PMID:3", "background", "registry.background/1"),
    ]


def test_a_result_older_than_its_study_waits_for_a_person() -> None:
    """People mark background as results."""
    ids = [stored("NCT99000001", "reference", "PMID:1", "RESULT")]
    (found,) = linked([study("NCT99000001", start_date="2020-05")], ids, [paper(1, year=2012)], [])
    assert found.state == "review" and "2012" in found.reason


def test_reviews_comments_animal_work_and_long_lists_are_no_reports() -> None:
    """They name studies of others."""
    for one in (paper(1, "review"), paper(1, types=("Comment",)), paper(1, "animal"), paper(1, "laboratory")):
        (found,) = linked([ONE], [], [one], [stored("PMID:1", "abstract", "NCT99000001")])
        assert (found.relation, found.state) == ("mention", "review"), one
    studies = [study(f"NCT9900000{n}") for n in range(1, 5)]
    ids = [stored("PMID:1", "abstract", s.record_id) for s in studies]
    assert {k.state for k in linked(studies, [], [paper(1)], ids)} == {"review"}
    assert {k.state for k in linked(studies, [], [paper(1)], ids[:3])} == {"linked"}


def test_a_notice_belongs_to_its_paper_and_to_no_study() -> None:
    """A retraction must not count as a report."""
    ids = [
        stored("PMID:2", "abstract", "NCT99000001"),
        stored("PMID:2", "correction", "PMID:1", "RetractionOf"),
    ]
    found = linked([ONE], [], [paper(1, "human", "retracted"), paper(2, "notice")], ids)
    assert said(found) == [("PMID:2", "PMID:1", "notice", "linked")]


def test_an_id_that_several_studies_name_waits_for_a_person() -> None:
    """A EudraCT number may stand in the records of a trial and of its extension."""
    ids = [stored(name, "secondary", "2015-000431-32") for name in ("NCT99000001", "NCT99000002")]
    found = linked([ONE, TWO], ids, [paper(1)], [stored("PMID:1", "abstract", "2015-000431-32")])
    assert {k.state for k in found} == {"review"} and len(found) == 2
    (alone,) = linked([ONE, TWO], ids[:1], [paper(1)], [stored("PMID:1", "abstract", "2015-000431-32")])
    assert (alone.to_id, alone.state, alone.score) == ("NCT99000001", "linked", 0.9)


def test_registrations_that_name_each_other_are_one_trial() -> None:
    """Counted once: under ClinicalTrials.gov where it stands there."""
    other = study("ISRCTN99000007", "2018-01-01")
    found = linked([ONE, other], [stored("ISRCTN99000007", "secondary", "NCT99000001")], [], [])
    assert said(found) == [("ISRCTN99000007", "NCT99000001", "registration", "linked")]
    facts = {s.record_id: s for s in (ONE, other)}
    assert groups([(found[0].from_id, found[0].to_id)], facts) == [("NCT99000001", "ISRCTN99000007")]


def test_a_chain_is_left_to_a_person() -> None:
    """A wrong join hides a trial."""
    studies = [ONE, TWO, study("ISRCTN99000007")]
    ids = [stored(name, "secondary", "ISRCTN99000007") for name in ("NCT99000001", "NCT99000002")]
    found = linked(studies, ids, [], [])
    assert {k.state for k in found} == {"review"} and "chain" in found[0].reason
    mutual = [*ids, stored("ISRCTN99000007", "secondary", "NCT99000001")]
    states = {k.to_id: k.state for k in linked(studies, mutual, [], [])}
    assert states == {"NCT99000001": "linked", "NCT99000002": "review"}


def test_two_ids_of_one_register_are_two_trials() -> None:
    """An extension names its parent; a EudraCT number has a record for each country."""
    (found,) = linked([ONE, TWO], [stored("NCT99000002", "secondary", "NCT99000001")], [], [])
    assert (found.relation, found.state) == ("related", "linked")
    countries = [study("EUCTR2015-000431-32-DE"), study("EUCTR2015-000431-32-GB")]
    (found,) = linked(countries, [], [], [])
    assert (found.relation, found.state) == ("registration", "linked")


def test_a_number_that_two_only_share_waits_for_a_person() -> None:
    """Direct ids only."""
    studies = [ONE, study("ISRCTN99000007")]
    ids = [stored(s.record_id, "secondary", "U1111-1246-7549") for s in studies]
    assert {k.state for k in linked(studies, ids, [], [])} == {"review"}


def test_the_order_of_what_is_given_never_matters() -> None:
    """Import order must not show in an edition."""
    studies = [ONE, TWO, study("ISRCTN99000007")]
    ids = [stored(name, "secondary", "ISRCTN99000007") for name in ("NCT99000001", "NCT99000002")]
    of_paper = [stored("PMID:1", "abstract", "NCT99000001"), stored("PMID:1", "databank", "NCT99000001")]
    forward = linked(studies, ids, [paper(1), paper(2)], of_paper)
    assert forward == linked(studies[::-1], ids, [paper(2), paper(1)], of_paper)
