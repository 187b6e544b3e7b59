"""Words around numbers that make them ranges, lists, limits or no amounts at all, and that say what is counted."""

import re

from skinproof.extraction.letters import small

RANGE = re.compile(
    r"\s{0,2}\)?\s{0,2}(?:[-–—−~～‑]|\.\.\.?|to|until|up to|through)\s{0,2}\(?\s?", re.IGNORECASE
)
AND = re.compile(r"\s{1,2}and\s{1,2}", re.IGNORECASE)
LIST = re.compile(
    r"\s{0,2}(?:,\s{0,2}(?:and|or)?|;|/|,?\s(?:and then|and|or|then|versus|vs\.?)|、|，)\s{0,2}(?:at\s)?"
    r"(?:(?:low|mid|middle|medium|high)(?:[- ]dose)?(?:\sof)?\s?[:：(]?\s?)?",
    re.IGNORECASE,
)
LIMITS = re.compile(
    r",?\s{0,2}(?:and|to|,|-)?\s?(?:up to\s)?(?:a\s)?(?:maximum|max\.?|at most|not more than|no more than)"
    r"(?:\s(?:dose|number|total|of|is)){0,3}:?\s{0,2}\(?",
    re.IGNORECASE,
)
RATIO = re.compile(r"\d\s?:\s?$")
"""`randomized 1:1 to 4000 IU/week`."""
TOLERANCE = re.compile(r"\s{0,2}\(?\s{0,2}(?:±|\+/-|\+-|\+/−)\s{0,2}")
BETWEEN = re.compile(r"\b(?:between|from)\s$", re.IGNORECASE)
NOT_LISTED = re.compile(
    r"\b(?:days?|weeks?|months?|years?|hours?|visits?|groups?|arms?|cohorts?|phases?|stages?|grades?|types?|steps?"
    r"|nos?\.?|aged?|version)\s{1,2}[-−]?"
    r"(?:\d{1,3}(?:,\s?|\s?(?:and|&|or)\s)){0,8}$",
    re.IGNORECASE,
)
BOUND_BEFORE = small(
    r"(?:(?P<up_to>up to(?: a)?(?: maximum)?(?: total)?(?: dose)?|maximum(?: total)?(?: dose)?(?: of)?|max\.?(?: of)?|no more than|not more than|not exceeding|at most|≤|<=|⩽)"
    r"|(?P<at_least>at least|minimum(?: of)?|min\.?(?: of)?|not less than|no less than|≥|>=|⩾)"
    r"|(?P<less_than>less than|below|under|fewer than|<)|(?P<more_than>more than|greater than|over|above|exceeding|>)"
    r"|(?P<about>approximately|approx\.?|about|around|circa|ca\.?|nearly|roughly|almost|average(?: of)?|mean(?: of)?|~|≈|～))"
    r"(?:\s(?:a total of|total of|of))?\s{0,2}\(?$",
)
NEGATIVE = re.compile(r"(?:^|[\s(:=])[-−]$|−$")
OUTPUT_OF = small(
    r"(?:exosomes?|exos?|evs?|vesicles?|secretomes?|supernatants?|media|medium|lysates?|\bcm|extracts?)\b[^.;]{0,40}?"
    r"\b(?:from|by|(?<=supernatant )of|(?<=supernatants )of|(?<=medium )of|(?<=secretome )of|equivalent to|equal to)"
    r"\s(?:the\s|about\s|approximately\s|up to\s|a total of\s|\(){0,2}$",
)
EQUIVALENT = re.compile(r"\s?\(?(?:cells?[- ])?equivalents?\b", re.IGNORECASE)
FRONT_PER = re.compile(
    r"(?:\b(?:each|every)|(?:^|[:;,(]\s?|\bdos(?:e|age) )per)\s(?:(?P<kg>kg|kilogram)|(?P<cm2>cm\s?\^?(?:2|²)|square centimeter)"
    r"|(?P<nostril>nostril)|(?P<eye>eye))\b[^.;,)\d]{0,60}$",
    re.IGNORECASE,
)
RESTATED = re.compile(
    r"\s?\((?:i\.e\.\s)?\d{1,4}(?:[.,]\d{1,3})?\s?(?:million|billion|mln|M|[x×*]\s?10\s?\^?\s?\d{1,2})s?\)(?=[\s/])",
    re.IGNORECASE,
)
"""`100 x 10^6 (100 million) MSC`: the same number once more."""
DOSE_OF = re.compile(r"\)?\s?-?doses? of\s", re.IGNORECASE)
NAME_PER = re.compile(r"\s\(?[A-Za-z][\w-]{1,20}\)?(?=\s?(?:/|per\b))", re.IGNORECASE)
"""`1.5 million (aMBMC) per kg`: a short name that our words do not hold."""
CELLS_PER = re.compile(r"(?:\s?\([\w-]{2,16})?\)?\s(?:cells?|in total)(?=\s?(?:/|per\b))", re.IGNORECASE)
"""`10^4 donor-derived Mesenchymal Stromal Cells (MSCs) cells/kg`."""
PEOPLE = re.compile(
    r"\s?(?:of\s)?(?:\w{1,20}\s){0,3}?(?:people|patients|persons|individuals|adults|children|deaths|cases|women|men|infants"
    r"|births|surgeries|procedures|dollars|euros|usd|years|smokers|americans|infections|inhabitants)\b",
    re.IGNORECASE,
)
COUNTED_BEFORE = re.compile(
    r"(?P<particles>\b(?:[\w-]{0,20}exosomes?|exos?|[\w-]{0,12}evs?|[\w-]{0,12}vesicles?|particles?)\b)"
    r"|(?P<platelets>\b(?:platelets?|prp)\b)"
    r"|(?P<cells>\b[\w-]{0,20}?(?:cells?|mscs?|ascs?|mncs?|hscs?|fibroblasts?|(?:keratin|melan|chondr|lymph|leuk|hepat)ocytes?)\b)",
    re.IGNORECASE,
)
DOSE_WORD = re.compile(
    r"\b(?:dos(?:e|es|age|ed)|transplant\w{0,6}|inject\w{0,4}|infus\w{0,4}|number|concentration)\b", re.I
)
SENTENCE_END = re.compile(r"[.;\x1f](?=\s)")
LOOK = 80
LONGEST_GAP = 40
"""Characters between two numbers of one range or list."""
BODY_SIZE = frozenset({"kg", "m2"})
