"""How many studies there are of an agent: in all, cutaneous, aesthetic; by role and study type, with the ids."""

from collections.abc import Callable, Collection, Iterable, Sequence

import msgspec

from skinproof.model.summary import EditionStamp, StudySummary
from skinproof.views.stamp import caveats
from skinproof.views.words import NOT_REPORTED, ROLE_WORDS, SHOWN_ROLES, agent_pairs, plural
from skinproof.vocabulary.term import Vocabulary

SCOPES = ("all", "cutaneous", "aesthetic")
ALL = "all"

ROLE_GROUPS = {role: (role,) for role in SHOWN_ROLES} | {
    "mentioned": ("source", "prior", "excluded", "background")
}
"""A study stands in one group: that of the strongest role the agent has in it, in this order."""

GROUP_WORDS = {
    ALL: "all roles",
    **{role: ROLE_WORDS[role] for role in SHOWN_ROLES},
    "mentioned": "only mentioned",
}

STUDY_TYPES = ("INTERVENTIONAL", "OBSERVATIONAL", "EXPANDED_ACCESS")


class Count(msgspec.Struct, frozen=True, kw_only=True):
    """One number with the studies behind it. scope: one of SCOPES; role: `all` or a key of ROLE_GROUPS;
    study_type: `all`, a registry word, or `not reported`.
    """

    scope: str
    role: str
    study_type: str
    n: int
    record_ids: tuple[str, ...]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: a sentence, every number behind it, what the words mean, and what to mind."""

    agent: str
    roles: tuple[str, ...]
    sentence: str
    counts: tuple[Count, ...]
    undated: tuple[str, ...]
    """Ids that would be counted but have no first-posted day, so that a dated answer cannot place them."""
    later_described: tuple[str, ...]
    """Ids counted as of the day by the words of a later version, because none that old is held."""
    removed: tuple[str, ...]
    """Ids that are counted although their register no longer has the record, as a sync noticed."""
    definitions: dict[str, str]
    caveats: tuple[str, ...]
    stamp: EditionStamp

    def count(self, scope: str = ALL, role: str = ALL, study_type: str = ALL) -> Count:
        """The number of one scope, role and study type; 0 where no study is of that kind."""
        for found in self.counts:
            if (found.scope, found.role, found.study_type) == (scope, role, study_type):
                return found
        return Count(scope=scope, role=role, study_type=study_type, n=0, record_ids=())


def count_studies(
    studies: Iterable[StudySummary],
    vocabulary: Vocabulary,
    stamp: EditionStamp,
    *,
    agents: Collection[str],
    agent_label: str,
    roles: Sequence[str] = (),
    undated: Iterable[StudySummary] = (),
    removed_on: Callable[[str], str | None] = lambda record_id: None,
) -> Counts:
    """Counts of the studies in which one of `agents` (vocabulary ids) plays a part.

    roles: only these groups (keys of ROLE_GROUPS), empty = all. Studies that only mention the agent are listed
    beside the total, never in it, unless they are what was asked for. undated: for a dated answer, the studies that
    meet the filters and have no first-posted day. removed_on: the day a record was found gone from its register, or None.
    """
    wanted = tuple(roles) or tuple(ROLE_GROUPS)
    in_total = tuple(roles) or SHOWN_ROLES
    groups: dict[tuple[str, str, str], list[str]] = {}
    types: set[str] = set()
    later: list[str] = []
    counted: list[str] = []
    for study in studies:
        group = role_group(study, agents)
        if group is None or group not in wanted:
            continue
        kind = study.study_type or NOT_REPORTED
        types.add(kind)
        if group in in_total:
            counted.append(study.record_id)
            if study.later_version:
                later.append(study.record_id)
        for scope in _scopes(study):
            for role in (group, ALL) if group in in_total else (group,):
                for study_type in (kind, ALL):
                    groups.setdefault((scope, role, study_type), []).append(study.record_id)
    shown_types = [*STUDY_TYPES, *sorted(types - set(STUDY_TYPES))]
    counts = tuple(
        Count(scope=s, role=r, study_type=t, n=len(ids), record_ids=tuple(sorted(ids)))
        for s in SCOPES
        for r in (ALL, *wanted)
        for t in (ALL, *shown_types)
        for ids in [groups.get((s, r, t), [])]
    )
    answer = Counts(
        agent=agent_label,
        roles=wanted,
        sentence="",
        counts=counts,
        undated=tuple(sorted(s.record_id for s in undated if role_group(s, agents) in in_total)),
        later_described=tuple(sorted(later)),
        removed=tuple(sorted(name for name in counted if _gone(removed_on(name), stamp.as_of))),
        definitions=_definitions(agent_label, in_total),
        caveats=caveats(stamp),
        stamp=stamp,
    )
    return msgspec.structs.replace(answer, sentence=_sentence(answer))


def role_group(study: StudySummary, agents: Collection[str]) -> str | None:
    """The group of the strongest role that one of `agents` has in a study; None if it names none of them."""
    found = {role for term, role in agent_pairs(study) if term in agents}
    for group, roles in ROLE_GROUPS.items():
        if found & set(roles):
            return group
    return None


def _gone(noticed: str | None, as_of: str | None) -> bool:
    return noticed is not None and (as_of is None or noticed <= as_of)


def _scopes(study: StudySummary) -> tuple[str, ...]:
    named = (("cutaneous", study.cutaneous), ("aesthetic", study.aesthetic))
    return (ALL, *(scope for scope, value in named if value == "yes"))


def _sentence(answer: Counts) -> str:
    day = f"As of {answer.stamp.as_of}" if answer.stamp.as_of else "In the newest versions held"
    total = plural(answer.count().n, "study", "studies")
    text = (
        f"{day}, {total} of {answer.agent}: {answer.count('cutaneous').n:,} cutaneous, "
        f"{answer.count('aesthetic').n:,} aesthetic."
    )
    parts = [f"{GROUP_WORDS[r]} {answer.count(role=r).n:,}" for r in answer.roles if r in SHOWN_ROLES]
    text += f" By role: {', '.join(parts)}." if len(parts) > 1 else ""
    beside = answer.count(role="mentioned").n
    if beside and answer.roles != ("mentioned",):
        words = "study that only mentions it" if beside == 1 else "studies that only mention it"
        text += f" Not counted: {beside:,} {words}."
    if answer.undated:
        n = len(answer.undated)
        text += f" Left out: {plural(n, 'more study has', 'more studies have')} no first-posted day."
    if answer.later_described:
        n = len(answer.later_described)
        text += f" Of those counted, {n:,} {'is' if n == 1 else 'are'} described by a later version."
    if answer.removed:
        n = len(answer.removed)
        text += f" Of those counted, {n:,} {'is' if n == 1 else 'are'} in the register no more."
    return text


def _definitions(label: str, in_total: Sequence[str]) -> dict[str, str]:
    roles = ", ".join(GROUP_WORDS[role] for role in in_total)
    return {
        "all": f"studies in which the role of {label} is one of: {roles}; each study once, under its strongest role",
        "given to people": "given as the studied treatment, or as part of it",
        "drug carrier": "given as the vehicle of a drug or nucleic acid",
        "only in a comparison arm": "given only to the people the treatment is compared with",
        "only measured": "looked at in samples of people who are not given it: an assay, a biomarker",
        "only mentioned": "named as source material, earlier or forbidden treatment, absent, or as background",
        "cutaneous": "the study is about skin, hair or nails: disease, injury, repair or look",
        "aesthetic": "the study is about appearance: ageing, scars as seen, hair loss, pigment and the like",
        "study type": "the registry's own word",
    }
