"""The automaton finds exactly what a plain search finds, in any alphabet, at the true place."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from skinproof.tagging.kernel import vocabulary_forms
from skinproof.tagging.matcher import Form, KindMatcher, Match, Matcher, fold_character
from skinproof.vocabulary.loader import load_bundled

FORMS = (
    Form("skin", "t:skin"),
    Form("skin graft", "t:skin_graft"),
    Form("stem cell", "t:stem"),
    Form("mesenchymal stem cell", "t:msc"),
    Form("bone marrow", "t:marrow"),
    Form("autologous bone marrow", "t:auto"),
    Form("bone marrow stromal cell", "t:stromal"),
    Form("EV", "t:ev", True, ("vesicle",)),
    Form("MSC", "t:msc", True),
    Form("TGF-β", "t:tgf"),
    Form("μ-gel", "t:gel"),
    Form("épi", "t:epi"),
    Form("EGF", "t:egf"),
    Form("EGF receptor", None),
    Form("platelet-rich plasma", "t:prp"),
    Form("scar", "t:scar"),
    Form("scar", "u:scar"),
)
MATCHER = Matcher(FORMS)


def plain_search(text: str) -> list[Match]:
    """The same by the book: every place of every form, then longest first."""
    space = re.compile(r"[ \t\xa0\r\n]{2,}")
    chars: list[tuple[str, int]] = []
    at = 0
    while at < len(text):
        run = space.match(text, at)
        if run and run[0].count("\n") <= 1 and run[0].count("\r") <= 1:
            chars.append((" ", at))
            at = run.end()
        else:
            chars.append((fold_character(text[at]), at))
            at += 1
    body = " " + "".join(char for char, _ in chars) + " "
    places = [-1, *(place for _, place in chars), len(text)]
    seen = {word for form in FORMS for word in form.needs if f" {' '.join(map_fold(word).split())} " in body}
    found: list[tuple[int, int, str | None]] = []
    for form in dict.fromkeys(FORMS):
        key = " ".join(map_fold(form.text).split())
        at = body.find(f" {key} ")
        while at >= 0:
            start, end = places[at + 1], places[at + len(key)] + 1
            written = re.sub(r"\s+", " ", re.sub(r"[^\w]", " ", text[start:end]))
            if (not form.exact or written == re.sub(r"[^\w]", " ", form.text)) and (
                not form.needs or seen.intersection(form.needs)
            ):
                found.append((start, end, form.owner))
            at = body.find(f" {key} ", at + 1)
    chosen: list[tuple[int, int]] = []
    for start, end in sorted({(s, e) for s, e, _ in found}, key=lambda span: (span[0] - span[1], span[0])):
        if all(end <= other or start >= until for other, until in chosen):
            chosen.append((start, end))
    return [
        Match(start, end, owner)
        for start, end in sorted(chosen)
        for s, e, owner in found
        if (s, e) == (start, end) and owner is not None
    ]


def map_fold(text: str) -> str:
    return "".join(map(fold_character, text))


PIECES = st.sampled_from(
    ["skin", "Skin", "graft", "grafting", "stem", "cell", "Mesenchymal", "EV", "ev", "MSC", "msc", "vesicle", "bone",
     "marrow", "stromal", "Autologous", "TGF", "β", "Β", "µ", "μ", "gel", "épi", "e\u0301pi", "ÉPI", "epi", "İ", "ß", "ﬁ",
     "EGF", "receptor", "platelet", "rich", "plasma", "scar", "Scar", "ǆ", "㎏", "ſkin", "\u0301", "K"]
)  # fmt: skip
JOINS = st.sampled_from(
    [" ", "-", "  ", "\n", "\n  ", "\n\n", ", ", "", "/", "\r\n", "\xa0", "–", "\t", "\x1f", "\x01", ". "]
)


@given(st.lists(st.tuples(PIECES, JOINS), max_size=12))
@example([("skin", " "), ("grafting", " "), ("skin", "-"), ("graft", "")])
@example([("Autologous", " "), ("bone", " "), ("marrow", " "), ("stromal", " "), ("cell", "")])
def test_the_automaton_equals_a_plain_search(parts):
    text = "".join(piece + join for piece, join in parts)
    assert MATCHER.find(text) == plain_search(text)


@given(st.text())
def test_any_text_at_all_gives_the_same_as_a_plain_search(text):
    assert MATCHER.find(text) == plain_search(text)


@given(st.text(max_size=30), st.text(max_size=30))
def test_offsets_stay_true_beside_any_characters(before, after):
    text = f"{before}; mesenchymal stem cell ;{after}"
    start = len(before) + 2
    assert Match(start, start + 21, "t:msc") in MATCHER.find(text)


@pytest.mark.parametrize(
    "char", ["İ", "ß", "ẞ", "ﬁ", "ŉ", "µ", "Ω", "é", "\u0301", "𝐄", "\ud800", "\x00", "”"]
)
def test_folding_never_changes_the_length(char):
    assert len(fold_character(char)) == 1


def test_skin_graft_does_not_hide_skin_in_skin_grafting():
    assert MATCHER.find("skin grafting") == [Match(0, 4, "t:skin")]


def test_the_longest_form_wins_over_one_that_starts_earlier():
    assert MATCHER.find("autologous bone marrow stromal cell") == [Match(11, 35, "t:stromal")]


def test_a_wrapped_line_is_one_form_and_a_comma_or_paragraph_is_not():
    assert MATCHER.find("platelet-rich\n   plasma") == [Match(0, 23, "t:prp")]
    assert MATCHER.find("platelet rich, plasma") == []
    assert MATCHER.find("platelet rich\n\nplasma") == []


def test_a_short_form_needs_its_case_and_its_context():
    assert MATCHER.find("EV and a vesicle") == [Match(0, 2, "t:ev")]
    assert MATCHER.find("EV") == []
    assert MATCHER.find("ev and a vesicle") == []


def test_a_hiding_phrase_hides_only_itself():
    assert MATCHER.find("EGF receptor, EGF") == [Match(14, 17, "t:egf")]


def test_two_terms_with_one_form_are_both_found():
    assert MATCHER.find("scar") == [Match(0, 4, "t:scar"), Match(0, 4, "u:scar")]


def test_probes_report_where_words_begin():
    matches, starts = Matcher(FORMS, ("exo", "mesen")).scan("An exosime; a mesenchymal stem cell")
    assert starts == [3, 14]
    assert [match.owner for match in matches] == ["t:msc"]


def test_a_matcher_without_forms_finds_nothing():
    assert Matcher(()).find("skin") == []


def test_signs_beside_a_space_are_folded_the_same_way_in_forms_and_texts():
    """Must find the form as written and with one sign fewer."""
    matcher = Matcher(
        [Form("dermatitis, atopic", "ad"), Form("CD34+ cells", "cd34"), Form("Inj. (x)", "inj")]
    )
    assert [m.owner for m in matcher.find("Dermatitis, Atopic; CD34+ cells; inj. (X)")] == [
        "ad",
        "cd34",
        "inj",
    ]
    assert [m.owner for m in matcher.find("dermatitis atopic and CD34 cells")] == ["ad", "cd34"]


def test_every_form_of_the_bundled_vocabulary_is_found_in_a_sentence():
    """Each surface stands in a sentence of its own, with a word it needs; only a longer form may hide it."""
    vocabulary = load_bundled()
    forms = vocabulary_forms(vocabulary)
    matcher = Matcher(forms)
    missed = []
    for form in forms:
        if form.owner is None:
            continue
        for text in (f"Here {form.text} stands.", f"Here stands {form.text}", f"({form.text}), and"):
            whole = f"{text}\n\x1f\n{' ; '.join(form.needs)}"
            at = text.index(form.text)
            until = at + len(form.text)
            found = [m for m in matcher.find(whole) if m.start < until and m.end > at]
            if not any(m.owner == form.owner for m in found):
                hidden = any(len(text[m.start : m.end]) > len(form.text.strip(" .+)(")) for m in found)
                if not hidden:
                    missed.append((form.text, form.owner, text))
    assert missed == []


@given(st.text("adipose dr ivedMSC,\n-x", max_size=60))
def test_kinds_found_in_one_pass_are_found_as_each_alone_would_be(text: str) -> None:
    """Else a source inside an agent's name would hide the agent, or be hidden by it."""
    forms = {
        "agent": [Form("adipose derived MSC", "agent:a"), Form("MSC", "agent:m", True), Form("x", None)],
        "source": [Form("adipose", "source:adipose", needs=("ived",)), Form("MSC", "source:m")],
    }
    assert KindMatcher(forms).find_kinds(text) == {
        kind: Matcher(own).find(text) for kind, own in forms.items()
    }
