"""Claims and pages of agents and complaints against synthetic records: the kinds of answer, and numbers equal to other views."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from skinproof.errors import NotFoundError, UsageError
from skinproof.model.summary import Filters, StudySummary
from skinproof.views.about import About
from skinproof.views.claim import GAP, NEAREST, ClaimAnswer
from skinproof.views.claim_reading import Overrides
from skinproof.views.counts import count_studies
from skinproof.views.evidence_studies import COMPARED
from skinproof.views.gapmap import GIVEN, gap_map
from skinproof.workflows.about import about_names, about_term
from skinproof.workflows.build import build
from skinproof.workflows.claim import check_claim
from skinproof.workflows.evidence import EvidenceSource
from skinproof.workflows.import_ import import_files
from skinproof.workflows.query import Workspace, open_workspace
from tests.workflows.records import given, lines, record

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def posted(
    number: int,
    agent: str,
    condition: str,
    means: tuple[float, float],
    spread: float,
    scale: str = "SCORAD",
    n: int = 50,
) -> dict[str, Any]:
    """A synthetic record whose primary outcome is posted for a treated and a control group."""
    made = record(number, title=f"{agent} for {condition}", updated="2022-03-03", **given(agent, condition))
    groups = [{"id": "OG000", "title": "Treated"}, {"id": "OG001", "title": "Control"}]
    values = [
        {"groupId": f"OG00{at}", "value": str(mean), "spread": str(spread)} for at, mean in enumerate(means)
    ]
    made["hasResults"] = True
    made["resultsSection"] = {
        "outcomeMeasuresModule": {
            "outcomeMeasures": [
                {
                    "type": "PRIMARY", "title": f"{scale} at week 12", "reportingStatus": "POSTED", "paramType": "MEAN",
                    "dispersionType": "Standard Deviation", "unitOfMeasure": "points", "timeFrame": "12 weeks", "groups": groups,
                    "denoms": [{"units": "Participants", "counts": [{"groupId": g["id"], "value": str(n)} for g in groups]}],
                    "classes": [{"categories": [{"measurements": values}]}],
                }
            ]
        }
    }  # fmt: skip
    return made


def pool(tmp: Path, *records: dict[str, Any]) -> Workspace:
    path = lines(tmp / "records.jsonl", list(records))
    import_files([path], tmp / "data", NOW)
    build(tmp / "data")
    return open_workspace(tmp / "data")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Synthetic studies, one for each kind of answer."""
    return pool(
        tmp_path_factory.mktemp("claims"),
        record(1, title="Exosomes for acne scar", updated="2022-01-01", **given("Exosomes", "Acne scar")),
        record(2, title="Exosomes for keloid", updated="2022-01-01", posted="2021-05-05", **given("Exosomes", "Keloid")),
        posted(3, "Exosomes", "Atopic dermatitis", (10.0, 40.0), 10.0),
        posted(4, "Platelet-rich plasma", "Atopic dermatitis", (30.0, 31.0), 5.0),
        posted(5, "Conditioned medium", "Atopic dermatitis", (30.0, 38.0), 60.0),
        posted(6, "Platelet-rich plasma", "Melasma", (5.0, 5.2), 4.0, "mMASI"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("exosomes improve vitiligo", "no_studies"),
        ("exosomes after fractional laser improve acne scars", "no_studies"),
        ("exosomes improve acne scars", "no_results"),
        ("exosomes improve atopic dermatitis", "difference"),
        ("PRP improves atopic dermatitis", "no_difference"),
        ("conditioned medium improves atopic dermatitis", "too_imprecise"),
        ("PRP improves melasma", "unclear"),
        ("exosomes are safe", "no_results"),
        ("blue cheese", "not_understood"),
        ("exosomes are nice", "not_understood"),
        ("something helps acne", "not_understood"),
        ("217 trials of exosomes", "recount"),
    ],
)
def test_each_kind_of_answer_is_told_apart(workspace: Workspace, text: str, kind: str) -> None:
    """No studies would read like no difference, or too imprecise like none."""
    answer = check_claim(workspace, text)
    assert answer.kind == kind, answer.sentence
    assert answer.word and answer.sentence.endswith(".")


def test_no_studies_is_a_gap_and_never_good_news(workspace: Workspace) -> None:
    """An absence of studies would look like safety."""
    answer = check_claim(workspace, "exosomes improve vitiligo")
    assert GAP in answer.sentence and not answer.missing
    assert answer.evidence is not None and answer.evidence.numbers.studies == 0


def test_a_difference_is_told_with_its_size_its_mcid_and_the_side_it_favours(workspace: Workspace) -> None:
    """A reader would not know whether it matters, or to whom."""
    answer = check_claim(workspace, "exosomes do not help atopic dermatitis")
    assert answer.evidence is not None and answer.main is not None
    main = answer.evidence.outcomes[answer.main]
    assert (main.state, main.favours, main.k) == ("difference_matters", "agent", 1)
    assert main.mcid.startswith("MCID 14.9 to 19.9 points")
    assert "mean difference -30.00" in answer.sentence
    assert {"The claim says otherwise.", "One study is not a body of evidence."} <= set(answer.lines)


def test_a_scale_without_a_known_mcid_says_so(workspace: Workspace) -> None:
    """A number would be taken as large or small by guess."""
    answer = check_claim(workspace, "PRP improves melasma")
    assert answer.evidence is not None and answer.evidence.outcomes[0].mcid == "MCID unknown"


def test_studies_near_the_claim_stand_apart(workspace: Workspace) -> None:
    """The same agent without the laser would be counted as with it, or not be shown at all."""
    answer = check_claim(workspace, "exosomes after fractional laser improve acne scars")
    assert [(one.wider, one.record_ids) for one in answer.near] == [
        ("way", ("NCT99000001",)), ("complaint", ("NCT99000002",)),
    ]  # fmt: skip


def test_whoever_asks_while_another_thread_reads_gets_the_same(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two readers of one page at once: the second took a half-read study for a read one, and failed."""
    source = EvidenceSource(workspace)
    begun, go = threading.Event(), threading.Event()
    real, first = workspace.arms_of_many, threading.current_thread()

    def slow(studies: Sequence[StudySummary]) -> dict[str, tuple[tuple[str, str], ...]]:
        if threading.current_thread() is not first:
            begun.set()
            go.wait(30)
        return real(studies)

    monkeypatch.setattr(workspace, "arms_of_many", slow)
    studies = [study for study, _ in source.given]
    with ThreadPoolExecutor(1) as threads:
        other = threads.submit(source.evidence_studies, studies, None)
        assert begun.wait(30)
        try:
            assert len(source.evidence_studies(studies, None)) == len(studies)
        finally:
            go.set()
        assert other.result() == source.evidence_studies(studies, None)


def test_a_comparator_narrows_the_answer(workspace: Workspace) -> None:
    """A claim against placebo would be answered by studies that compare with something else."""
    assert check_claim(workspace, "exosomes versus placebo for acne scars").named == ("NCT99000001",)
    assert check_claim(workspace, "exosomes versus PRP for acne scars").kind == "no_studies"


def test_narrower_complaints_are_told_from_the_one_named(workspace: Workspace) -> None:
    """Studies of keloids would be told as studies of scars."""
    answer = check_claim(workspace, "exosomes improve scars")
    assert (answer.named, answer.narrower) == ((), ("NCT99000001", "NCT99000002"))


def test_the_studies_of_a_claim_are_those_of_the_list(workspace: Workspace) -> None:
    """`skinproof list` with the filters that are named would show other studies."""
    answer = check_claim(workspace, "exosomes improve scars")
    assert (
        answer.list_options
        == "--agent agent:exosome --role given --role carrier --indication indication:scar --cutaneous"
    )
    filters = Filters(agent=("agent:exosome",), role=GIVEN, indication=("indication:scar",), cutaneous="yes")
    listed = tuple(s.record_id for s in workspace.select(filters).studies)
    assert answer.evidence is not None and answer.evidence.numbers.record_ids == listed


def test_a_recount_gives_the_numbers_of_count(workspace: Workspace) -> None:
    """Two commands would count the same thing differently."""
    answer = check_claim(workspace, "9 trials on EVs, 4 on skin")
    ev = {t.id for t in workspace.vocabulary.terms.values() if t.agent_class == "ev"}
    counts = count_studies(
        workspace.select(Filters()).studies,
        workspace.vocabulary,
        workspace.stamp(),
        agents=ev,
        agent_label="EVs",
    )
    assert (
        [one.definitions[0].n for one in answer.recounts]
        == [counts.count().n, counts.count("cutaneous").n]
        == [3, 3]
    )
    first = answer.recounts[0]
    assert first.definitions[0].difference == 6
    assert first.definitions[0].record_ids == ("NCT99000001", "NCT99000002", "NCT99000003")
    assert first.query.startswith("No named query")
    assert first.definitions[first.closest].n == max(d.n for d in first.definitions)


def test_a_recount_is_of_the_day_the_claim_speaks_of(workspace: Workspace) -> None:
    """A number of 2020 would be held against studies posted later."""
    answer = check_claim(workspace, "9 exosome trials as of 2020-12-31")
    assert (answer.recounts[0].as_of, answer.recounts[0].definitions[0].n) == ("2020-12-31", 2)


@pytest.mark.parametrize(("text", "overrides"), [
    ("", None), ("  ", None), ("exosomes", Overrides(agents=("agent:nothing",))), ("exosomes", Overrides(indications=("agent:prp",))),
    ("exosomes", Overrides(ways=("<script>",))),
])  # fmt: skip
def test_an_empty_claim_and_a_choice_that_is_none_are_refused(
    workspace: Workspace, text: str, overrides: Overrides | None
) -> None:
    """A typing error would look like a gap in the evidence."""
    with pytest.raises(UsageError):
        check_claim(workspace, text, overrides)


def test_pages_have_the_numbers_of_the_map(workspace: Workspace) -> None:
    """The map and the page that it leads to would disagree."""
    source = EvidenceSource(workspace)
    gap = gap_map(workspace.select(Filters()).studies, workspace.vocabulary, workspace.stamp())
    for row in gap.rows:
        if row.id == "other":
            continue
        page = about_term(source, row.id)
        assert page.evidence.numbers == gap.row_totals[row.id]
        for one in page.across:
            assert one.numbers == gap.cell(row.id, one.id).numbers
    for column in gap.columns:
        page = about_term(source, column.id)
        cells = [gap.cell(row.id, column.id).numbers for row in gap.rows if row.id != "other"]
        assert set(page.evidence.numbers.record_ids) == {i for numbers in cells for i in numbers.record_ids}


def test_every_page_that_is_named_can_be_made(workspace: Workspace) -> None:
    """A link of the map would lead nowhere."""
    source = EvidenceSource(workspace)
    made = {name: about_term(source, name) for name in about_names(source)}
    assert {"ev", "agent:exosome", "indication:scar", "indication:skin"} <= set(made)
    assert all(page.sentence for page in made.values())
    empty = made["pdrn"]
    assert empty.evidence.numbers.studies == 0 and "gap" in empty.sentence
    with pytest.raises(NotFoundError):
        about_term(source, "procedure:laser")


def test_what_is_compared_comes_from_arms_that_do_not_get_the_agent(workspace: Workspace) -> None:
    """An arm that gets the agent would be told as its own comparison."""
    page = about_term(EvidenceSource(workspace), "agent:exosome")
    assert [(g.label, len(g.record_ids)) for g in page.evidence.compared] == [(COMPARED["placebo"], 3)]


def test_answers_and_pages_go_through_json(workspace: Workspace) -> None:
    """A program would get something it cannot read back."""
    answer = check_claim(workspace, "exosomes improve atopic dermatitis")
    assert msgspec.json.decode(msgspec.json.encode(answer), type=ClaimAnswer) == answer
    page = about_term(EvidenceSource(workspace), "ev")
    assert msgspec.json.decode(msgspec.json.encode(page), type=About) == page


def test_saline_is_a_placebo_where_the_record_calls_it_one(tmp_path: Path) -> None:
    """An inert injection that its register files under "other" would be told as another treatment; saline alone as a placebo."""
    found = []
    for number, text in (
        (1, "PRP injection into the scalp versus placebo (saline) injection."),
        (2, "5 mL once."),
    ):
        made = record(
            number,
            title="PRP for hair loss",
            updated="2022-01-01",
            **given("Platelet-rich plasma", "Alopecia"),
        )
        module = made["protocolSection"]["armsInterventionsModule"]
        module["armGroups"][1] |= {"label": "Normal Saline", "type": "OTHER"}
        module["interventions"][1] |= {
            "name": "Normal Saline",
            "armGroupLabels": ["Normal Saline"],
            "description": text,
        }
        found.append(made)
    page = about_term(EvidenceSource(pool(tmp_path, *found)), "agent:prp")
    assert [(g.label, g.record_ids) for g in page.evidence.compared] == [
        (COMPARED["placebo"], ("NCT99000001",)), (COMPARED["other"], ("NCT99000002",)),
    ]  # fmt: skip
    assert page.evidence.lines[0].against == ("Normal Saline, registered as other",)


def test_no_studies_lead_to_what_is_held_of_each_part(workspace: Workspace) -> None:
    """A reader who finds nothing would be left with nothing, or would take what is near for the claim."""
    answer = check_claim(workspace, "exosomes improve melasma")
    assert (answer.kind, answer.lines[0]) == ("no_studies", NEAREST)
    assert [(one.label, one.term, one.record_ids) for one in answer.near] == [
        ("The same agent for other complaints of the skin", "agent:exosome", ("NCT99000001", "NCT99000002", "NCT99000003")),
        ("Other agents for melasma", "indication:melasma", ("NCT99000006",)),
    ]  # fmt: skip
    assert answer.evidence is not None and answer.evidence.numbers.studies == 0
    for one in answer.near:
        assert set(one.record_ids) <= set(
            about_term(EvidenceSource(workspace), one.term).evidence.numbers.record_ids
        )
    assert "nothing" in check_claim(workspace, "PDRN improves vitiligo").lines[0].lower()


def test_a_complaint_nobody_treats_leads_to_what_stands_above_it(workspace: Workspace) -> None:
    """A complaint without a page of its own would lead nowhere."""
    answer = check_claim(workspace, "PDRN improves hypertrophic scars")
    assert [(one.label, one.term) for one in answer.near] == [("Other agents for scar", "indication:scar")]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stem cell cream for wrinkles", "gives people stem cells for wrinkles"),
        ("stem cell cream for wrinkles", 'names "cream" (read as: '),
        ("stem cell cream", "or with --indication."),
        ("something for hair loss", "or with --agent."),
    ],
)
def test_sentences_read_as_sentences(workspace: Workspace, text: str, words: str) -> None:
    """A sentence would say "names A form for the skin", or point to a form that a terminal has not."""
    assert words in check_claim(workspace, text).sentence
