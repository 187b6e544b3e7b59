"""Evidence pages of one edition: studies chosen by agent and complaint, with all that a page says of them.

The rule is the map's: who is given the agent (or gets it as a carrier), and, for a complaint of the skin, who is studied for skin.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date

import msgspec

from skinproof.appraisal.clocks import clocks
from skinproof.model.dates import PartialDate
from skinproof.model.findings import Preparation
from skinproof.model.papers import PaperFilters, PaperSummary
from skinproof.model.summary import EditionStamp, Filters, StudySummary
from skinproof.model.tags import AGENT_CLASSES, ROLES
from skinproof.views.evidence import PAPER_KINDS, Evidence, PaperLine, evidence_of
from skinproof.views.evidence_results import Mcid
from skinproof.views.evidence_studies import Arm, EvidenceStudy, may_be_placebo, placebo_labels
from skinproof.views.gapmap import GIVEN, SKIN
from skinproof.views.words import agent_pairs
from skinproof.vocabulary.term import Vocabulary
from skinproof.workflows.once import once
from skinproof.workflows.pool_scales import outcome_scales
from skinproof.workflows.pooled_questions import NOT_HELD, PooledQuestions, pooled_questions
from skinproof.workflows.query import Workspace

OTHER = "other"
CRITERIA = "eligibilityModule"
"""Where a procedure is named that nobody gets: "no laser in the last six months"."""

CLOCKS = ("legal_us", "ethical_12m")


class Chosen(msgspec.Struct, frozen=True):
    """Studies that give the agents for the complaints; not_skin: those that name the complaint and are not about skin."""

    studies: tuple[StudySummary, ...]
    not_skin: tuple[str, ...]


class EvidenceSource:
    """One edition as of one day; everything is read once, when it is first asked for.

    pooled: the questions of the whole edition, where they are made already.
    """

    def __init__(
        self,
        workspace: Workspace,
        as_of: str | None = None,
        pooled: Callable[[], PooledQuestions] | None = None,
    ) -> None:
        self.workspace = workspace
        self.vocabulary: Vocabulary = workspace.vocabulary
        self.as_of = as_of
        self.stamp: EditionStamp = workspace.stamp(as_of)
        self._pooled = pooled
        self._preparations: dict[str, tuple[Preparation, ...]] = {}
        self._arms: dict[str, tuple[tuple[str, str], ...]] = {}
        self._overdue: dict[str, tuple[str, ...]] = {}
        self._inert: dict[str, frozenset[str]] = {}

    @once
    def given(self) -> tuple[tuple[StudySummary, frozenset[str]], ...]:
        """Studies that give an agent, with the agents given."""
        studies = self.workspace.select(Filters(role=GIVEN), self.as_of).studies
        pairs = (
            (study, frozenset(t for t, role in agent_pairs(study) if role in GIVEN)) for study in studies
        )
        return tuple(pairs)

    def naming(self, agents: Sequence[str]) -> tuple[StudySummary, ...]:
        """Studies that name one of the agents, in whatever role."""
        return self.workspace.select(Filters(agent=tuple(agents), role=ROLES), self.as_of).studies

    @property
    def whole(self) -> bool:
        """Whether pooled questions are those of the whole edition, which have pages of their own."""
        return self._pooled is not None

    def terms_of(self, name: str) -> frozenset[str]:
        """Vocabulary ids that an agent, a class of agents or a complaint stands for: an agent as in `--agent`."""
        if name in AGENT_CLASSES:
            return frozenset(
                t.id for t in self.vocabulary.terms.values() if t.kind == "agent" and t.agent_class == name
            )
        return frozenset(self.vocabulary.meant_by(name))

    def classes_of(self, terms: Iterable[str]) -> frozenset[str]:
        """Agent classes of some agents."""
        known = self.vocabulary.terms
        return frozenset(known[t].agent_class or OTHER for t in terms if t in known)

    def choose(self, agents: Sequence[Collection[str]], about: Collection[str] | None) -> Chosen:
        """Studies that give one of every set of agents, about one of the complaints (None = any)."""
        skin = self._skin
        chosen: list[StudySummary] = []
        elsewhere: list[str] = []
        for study, terms in self.given:
            if not all(terms & set(wanted) for wanted in agents):
                continue
            if about is not None:
                named = set(study.indications) & set(about)
                if not named:
                    continue
                if study.cutaneous == "no" and named <= skin:
                    elsewhere.append(study.record_id)
                    continue
            chosen.append(study)
        return Chosen(tuple(chosen), tuple(elsewhere))

    @once
    def _skin(self) -> frozenset[str]:
        return frozenset(self.vocabulary.descendants(SKIN))

    def evidence(
        self, chosen: Chosen, terms: Collection[str] | None, about: Collection[str] | None = None
    ) -> Evidence:
        """The page of chosen studies.

        terms: the agents whose preparations are told, None = all that are given; about: the complaints of its papers, None = any.
        """
        studies = self.evidence_studies(chosen.studies, terms)
        classes = (
            self.classes_of(terms)
            if terms is not None
            else frozenset(c for s in chosen.studies for c in s.agent_classes_given)
        )
        pooled = self.pooled(chosen, classes)
        return evidence_of(
            studies, self.vocabulary, self.stamp,
            classes=sorted(classes - {OTHER}, key=AGENT_CLASSES.index),
            events=[q for q in pooled.questions if q.agent in classes],
            outcomes=pooled.outcomes, mcids=mcids(),
            overdue=self.overdue(chosen.studies), not_skin=chosen.not_skin,
            not_held={one.record_id for q in pooled.questions for one in q.left_out if one.why == NOT_HELD},
            papers=self.papers(terms, about),
        )  # fmt: skip

    @once
    def _papers(self) -> tuple[PaperSummary, ...] | None:
        return self.workspace.papers(PaperFilters()).papers if self.workspace.has_papers() else None

    def papers(
        self, terms: Collection[str] | None, about: Collection[str] | None
    ) -> tuple[PaperLine, ...] | None:
        """Papers that give the agents for the complaints, newest first; None where this edition holds no paper."""
        if self._papers is None:
            return None
        found = []
        for paper in self._papers:
            given = {pair.rpartition("|")[0] for pair in paper.agents if pair.rpartition("|")[2] in GIVEN}
            if (
                not given
                or (terms is not None and not given & set(terms))
                or (about is not None and not set(about) & set(paper.indications))
            ):
                continue
            kind = next((k for k in PAPER_KINDS if k in paper.kinds), "unclear")
            flags = tuple(k for k in paper.kinds if k not in PAPER_KINDS)
            title = paper.title or "title not reported"
            found.append(
                PaperLine(record_id=paper.record_id, title=title, year=paper.year, kind=kind, flags=flags)
            )
        return tuple(sorted(found, key=lambda p: (PAPER_KINDS.index(p.kind), -(p.year or 0), p.record_id)))

    def evidence_studies(
        self, studies: Sequence[StudySummary], terms: Collection[str] | None, *, ways: bool = False
    ) -> tuple[EvidenceStudy, ...]:
        """The studies with their preparations of these agents, arms, and the procedures they name."""
        # Arms first: whoever asks meanwhile in another thread takes a study with preparations for one that has all.
        new = [s for s in studies if s.sha256 not in self._preparations]
        self._arms.update(self.workspace.arms_of_many(new))
        self._preparations.update(self.workspace.preparations_of_many(new))
        named = self._ways(studies) if ways else {}
        return tuple(
            EvidenceStudy(
                summary=s,
                preparations=tuple(
                    one for one in self._preparations[s.sha256]
                    if one.role in GIVEN and (terms is None or not set(terms).isdisjoint(one.agents))
                ),
                arms=self._arms_of(s),
                ways=named.get(s.sha256, frozenset()),
            )
            for s in studies
        )  # fmt: skip

    def _arms_of(self, study: StudySummary) -> tuple[Arm, ...]:
        """The registered arms; where one sounds like a placebo and is not registered as one, the record is asked what it calls it."""
        arms = self._arms[study.sha256]
        if not any(may_be_placebo(*arm) for arm in arms):
            return tuple(Arm(*arm) for arm in arms)
        if study.sha256 not in self._inert:
            self._inert[study.sha256] = placebo_labels(self.workspace.record(study))
        called = self._inert[study.sha256]
        return tuple(Arm(label, kind, label in called) for label, kind in arms)

    def _ways(self, studies: Sequence[StudySummary]) -> dict[str, frozenset[str]]:
        """Procedures named other than in criteria, with the routes and delivery aids that were read."""
        tags = self.workspace.tags_of(studies)
        found: dict[str, frozenset[str]] = {}
        for s in studies:
            named = {
                t.term for t in tags[s.sha256].tags if t.property == "procedure" and CRITERIA not in t.field
            }
            for one in self._preparations[s.sha256]:
                for finding in one.findings:
                    kind = {"route": "route", "delivery": "procedure"}.get(finding.property)
                    if kind and one.role in GIVEN:
                        named |= {f"{kind}:{reading.value}" for reading in finding.readings}
            found[s.sha256] = frozenset(named)
        return found

    def pooled(self, chosen: Chosen, classes: Collection[str]) -> PooledQuestions:
        """Questions of the edition, or, where they are not made yet, of the chosen studies."""
        if self._pooled is not None:
            return self._pooled()
        return pooled_questions(
            self.workspace, Filters(agent=tuple(sorted(set(classes) - {OTHER})) or ("ev",), role=GIVEN), as_of=self.as_of, classes=sorted(set(classes) - {OTHER}) or ("ev",),
            only=frozenset(s.record_id for s in chosen.studies),
        )  # fmt: skip

    def overdue(self, studies: Iterable[StudySummary]) -> dict[str, tuple[str, ...]]:
        """Clock -> studies whose results are overdue on the day of the page, or on the newest registry day held."""
        text = self.as_of or self.stamp.newest_registry_date
        today = PartialDate.parse(text).latest() if text else None
        late: dict[str, list[str]] = {name: [] for name in CLOCKS}
        for study in studies:
            for name in self._late(study, today) if today else ():
                late[name].append(study.record_id)
        return {name: tuple(ids) for name, ids in late.items()}

    def _late(self, study: StudySummary, today: date) -> tuple[str, ...]:
        if not _may_be_late(study, today):
            return ()
        if study.record_id not in self._overdue:
            found = clocks(self.workspace.record(study), today)
            self._overdue[study.record_id] = tuple(
                name for name in CLOCKS if getattr(found, name).state == "overdue"
            )
        return self._overdue[study.record_id]


def _may_be_late(study: StudySummary, today: date) -> bool:
    """Whether a year has passed since the study was over: only then the whole record is read."""
    over = study.primary_completion_date or study.completion_date or ""
    return (
        study.has_results is False
        and study.study_type == "INTERVENTIONAL"
        and over[:4].isdecimal()
        and int(over[:4]) < today.year
    )


def mcids() -> dict[str, Mcid]:
    """Scale -> the smallest difference that people notice, where one is known."""
    return {
        scale.key: Mcid(
            words=scale.mcid,
            value=scale.mcid_value,
            source=scale.mcid_source or "source not noted",
            known=scale.mcid_known,
        )
        for scale in outcome_scales()
        if scale.mcid
    }
