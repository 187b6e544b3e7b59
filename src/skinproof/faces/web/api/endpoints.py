"""Every address of the API in one table: routes, checks and the description are all made from it."""

from skinproof.faces.commands.find import Found
from skinproof.faces.commands.links import LinkList
from skinproof.faces.found_papers import FoundPaperList
from skinproof.faces.web import claim_page, judging_pages
from skinproof.faces.web.api import paper_views, past, views
from skinproof.faces.web.api.endpoint import AS_OF, FILTERS, MORE_FILTERS, Endpoint, Param, Reply
from skinproof.model.links import RELATIONS
from skinproof.studies.paper_kinds import EVIDENCE
from skinproof.views.about import About
from skinproof.views.changes import ChangeReport
from skinproof.views.claim import ClaimAnswer
from skinproof.views.counts import Counts
from skinproof.views.event_pool import OUTCOMES
from skinproof.views.gapmap import GapMap
from skinproof.views.gaps import GapReport
from skinproof.views.issues import KIND_WORDS, IssueList
from skinproof.views.judged import JudgedList
from skinproof.views.landscape import Landscape
from skinproof.views.paper_page import PaperPage
from skinproof.views.preparations import FACT_LABELS, PreparationTable
from skinproof.views.ratios import CONVERTED
from skinproof.views.studies import StudyList
from skinproof.views.study_page import StudyPage
from skinproof.views.terms import KINDS, TermList
from skinproof.workflows.change_states import BY
from skinproof.workflows.changes import StudyHistory

ASKED = (*FILTERS, AS_OF)

ENDPOINTS = (
    Endpoint(
        "/edition", "The edition that is served", "Its id, what it holds, what a dated answer leaves out, and the rules it was made "
        "with.", views.edition, views.Editions, (AS_OF,), csv=False,
    ),
    Endpoint(
        "/count", "How many studies of an agent", "In all, cutaneous and aesthetic, by role, with the ids behind each number and "
        "what each word means. Extracellular vesicles where no agent is named.", views.count, Counts, ASKED, example="?agent=ev",
    ),
    Endpoint(
        "/map", "Agents by complaints", "Studies, participants, randomised, completed and with results in every cell. Agents that are "
        "given or carry a drug, unless a role is named. Where papers are held, also those beside the studies.", views.evidence_map, GapMap,
        (*ASKED, Param("outside", "false leaves out the column for everything outside skin.", "flag"),
         Param("evidence", "Of the papers beside the studies only those: human leaves out animals and the laboratory.", many=True,
               choices=EVIDENCE)), example="?agent=ev",
    ),
    Endpoint(
        "/studies", "Studies that meet the filters", "By id, one row each. It takes every filter of the page studies.html and finds the same.",
        views.studies, StudyList, (*FILTERS, *MORE_FILTERS, Param("q", "Only studies with these words, as in /find."), AS_OF), paged=True,
        example="?agent=ev&indication=scar",
    ),
    Endpoint(
        "/studies/{id}", "One study", "What is registered, what was posted, and the words that decided each answer. An id that was "
        "withdrawn leads to the study that has it as an alias. CSV has the quotes.", views.study, StudyPage, (AS_OF,),
    ),
    Endpoint(
        "/studies/{id}/history", "How a study came to be as it is", "Every version held, the newest first, and what changed from one to the "
        "next.", past.history, StudyHistory,
    ),
    Endpoint(
        "/studies/{id}/record", "The record itself", "As it came from the register: `record` where that is JSON, else `text`.",
        past.stored, past.StoredRecord, (AS_OF,), csv=False,
    ),
    Endpoint(
        "/find", "Full-text search", "Words (all must occur), \"a phrase\", prefix*, AND, OR, NOT, brackets, and field:word with title, "
        "condition, intervention, outcome, description, eligibility, sponsor, reference. Synonyms are searched as well.", views.find,
        Found, (Param("q", "What to look for; a record id finds its study.", needed=True, example="exosome scar"), *ASKED),
        paged=True, example="?q=exosome",
    ),
    Endpoint(
        "/papers", "Papers", "Reports, never counted as studies: by words, best first, or all that meet the filters, by id; as their newest records "
        "tell. No paper is no sign that none exists.", paper_views.papers, FoundPaperList, paper_views.PARAMS, paged=True, example="?q=exosome",
    ),
    Endpoint(
        "/papers/{id}", "One paper", "By PMID, PMC id or DOI: how it stands, what it is and why, its abstract, tags and preparations with their "
        "words, and its studies. CSV has the quotes.", paper_views.paper, PaperPage,
    ),
    Endpoint(
        "/preparations", "What was given", "Source, making, dose, schedule and route of each preparation, each with the words it was "
        "read from.", views.preparations, PreparationTable,
        (*ASKED, Param("fact", "Only this fact.", many=True, choices=tuple(FACT_LABELS)),
         Param("measured", "true: also vesicles that are only measured.", "flag")), paged=True, example="?agent=ev&limit=10",
    ),
    Endpoint(
        "/landscape", "Doses", "By agent, complaint and route, each kind of unit by itself; limit and offset are of the points.",
        views.doses, Landscape,
        (*ASKED, Param("convert", "Convert doses to this kind, through stated ratios only.", choices=CONVERTED),
         Param("ratio", "A ratio with its source: 'NAME=2e9 {particles}/ug{protein} (source)'.")), paged=True, example="?agent=ev",
    ),
    Endpoint(
        "/gaps", "What is left unsaid", "Items that records leave out of a preparation, a score per study, and what clashes; limit and "
        "offset are of the studies.", views.gaps, GapReport,
        (*ASKED, Param("id", "Only this study.", many=True)), paged=True, example="?agent=ev&limit=10",
    ),
    Endpoint(
        "/pooled", "Adverse events, pooled", "By class of agents and complaint, from the results sections of registry records. No study "
        "is no sign of safety, and no number of events here is a rate of a product.", views.pooled, views.PooledList,
        (Param("agent", "Class of agents.", many=True, example="ev"), Param("indication", "Complaint, with all below it.", many=True),
         Param("outcome", "Events that were counted.", many=True, choices=tuple(OUTCOMES)), AS_OF), paged=True,
        example="?agent=ev&limit=10",
    ),
    Endpoint(
        "/measured", "What was measured, pooled", "Outcome measures with posted numbers, against another arm where there is one.",
        views.measured, views.MeasuredList,
        (Param("agent", "Class of agents.", many=True, example="ev"), Param("words", "Only outcomes with these words."), AS_OF),
        paged=True, example="?agent=ev&limit=10",
    ),
    Endpoint(
        "/about", "One agent or one complaint", "Studies and people, what was compared, sizes with their MCID, harm, preparations, what "
        "is running, what is missing.", lambda asked: Reply(claim_page.about_of(asked.live, asked.question)), About,
        (Param("term", "An agent, a class of agents or a complaint.", needed=True, example="exosome"), AS_OF), csv=False,
        example="?term=exosome",
    ),
    Endpoint(
        "/claim", "What the records say of a claim", "The claim as it was understood, then the answer: not_understood, recount, no_studies, "
        "no_results, not_held, no_comparison, too_imprecise, unclear, no_difference or difference. No medical advice.",
        lambda asked: Reply(claim_page.answer_of(asked.live, asked.question)), ClaimAnswer,
        (Param("q", "The claim as it was said.", needed=True, example="exosomes improve acne scars"),
         Param("agent", "Instead of the agent that was read; none = no agent.", many=True),
         Param("indication", "Instead of the complaint that was read.", many=True),
         Param("route", "Instead of the procedure or route that was read.", many=True),
         Param("comparator", "Instead of the comparator that was read: placebo, sham, no_treatment, usual_care, or an agent.", many=True),
         AS_OF), csv=False, example="?q=exosomes+improve+acne+scars",
    ),
    Endpoint(
        "/judgements", "What people say of the answers", "Accepted, corrected and rejected answers, newest first, with what the rules say beside them. "
        "Stale (the rules say something else since) and disputed (people differ): there the rules hold. POST writes one where this server allows it.",
        judging_pages.judgements, JudgedList, (judging_pages.STATE, AS_OF), paged=True,
    ),
    Endpoint(
        "/changes", "What changed", "And what of it alters a conclusion: from the edition before to this one, or since a day. Here `from` and `to` are "
        "editions. limit and offset are of the studies.", past.changes, ChangeReport,
        (
            Param("since", "Compare with a day, or a time such as 2026-11-23T18:00 (UTC).", example="2026"),
            Param("by", "With since: when versions were stored here (seen), or posted by the registry.", choices=BY),
            Param("from", "Compare with this edition; the one before, if none is named."),
            Param("to", "The newer edition; the one that is served, if none is named."),
            *(param for param in FILTERS if param.name not in ("from", "to")),
        ), paged=True, example="?since=2020&by=registry&limit=10",
    ),
    Endpoint(
        "/links", "Papers of studies, and registrations of one trial", "Each with its rule and the words it rests on.", past.links,
        LinkList, (
            Param("id", "Only of this study or paper.", example="NCT04388982"),
            Param("relation", "Only this relation.", choices=tuple(sorted(RELATIONS))),
            Param("review", "true: only what waits for a person.", "flag"),
        ), paged=True, example="?limit=10",
    ),
    Endpoint(
        "/issues", "Odd values and near-miss spellings", "Kept as they are in the records; near-miss spellings are no tags.",
        views.issues, IssueList, (*ASKED, Param("kind", "Only this kind.", many=True, choices=tuple(sorted(KIND_WORDS)))), paged=True,
        example="?limit=10",
    ),
    Endpoint(
        "/vocabulary", "The terms that are looked for", "Any of these can be given to agent and indication.", views.vocabulary, TermList,
        (Param("q", "Id, label, synonym or code.", example="exosome"), Param("kind", "Only this kind.", choices=tuple(KINDS))),
        paged=True, example="?q=exosome",
    ),
)  # fmt: skip
