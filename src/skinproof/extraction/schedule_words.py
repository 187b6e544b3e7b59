"""The patterns of a schedule: how often, how many and how long something is given.

Every pattern is bounded: the time taken grows with the length of the text and nothing else.
"""

import re

from skinproof.extraction.letters import small

_NUM = r"(?:\d{1,3}|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen)"
_RANGE = rf"{_NUM}(?:\s?(?:-|–|~|～|to|or)\s?{_NUM})?"
_LEFT = r"(?<![\w.,^×*/+])(?<!\w[-–])"
_LONG = r"(?:days?|weeks?|wks?|months?|years?)"
_SPAN = r"(?:days?|weeks?|wks?|months?)"
_SHORT = r"(?:hours?|hrs?|minutes?|mins?)"
_NOUN = (
    r"(?:administrations?|injections?|infusions?|doses?|applications?|treatments?|sessions?|inhalations?|"
    r"instillations?|transplantations?|implantations?|vaccinations?|courses?|cycles?|boosters?|shots?|"
    r"transfusions?|procedures?|grafts?|occasions?|rounds?)"
)
_GIVEN_NOUN = (
    r"(?:administrations?|injections?|infusions?|doses?|applications?|treatments?|inhalations?|instillations?|"
    r"transplantations?|vaccinations?|courses?|transfusions?)"
)
_BETWEEN = (
    r"(?:(?!(?:groups?|arms?|patients?|subjects?|days?|weeks?|months?|years?|hours?|minutes?|m[lg]|cc|µg|μg|ug|ng|"
    r"million|billion|times?|of|and|or|to|cells?|levels?|different|participants?|in|at|with|for|after|phases?|escalating|ascending|increasing|"
    r"sites?|cm|centers?|centres?|cohorts?|eyes?|is|was|will|are|the)\b)[a-zµμ][\w/-]{0,24}\s{1,3}){0,3}"
)
_NOT_DOSE = (
    r"(?![- ]{0,2}(?:groups?|arms?|levels?|regimens?|escalation|cohorts?|modalit|strateg|options?|limiting|"
    r"days?\b|sites?|phases?|tiers?|concentrations?))"
)
_EACH_UNIT = r"(?:days?|weeks?|months?|years?|hours?)"
_MOST = r"(?:(?:no|not) (?:more|longer|later) than|at most|maximum of|up to)"
_LEAST = r"(?:(?:no|not) (?:less|fewer|sooner|earlier) than|at least|minimum of)"
_NOT_FOLLOWED = r"(?<!follow-)(?<!follow )(?<!followed )(?<!following )"
"""A "follow-up to 20 weeks" is not "up to 20 weeks"."""

_ADVERB = r"(?:daily|weekly|monthly|yearly|annually|fortnightly|biweekly|bi-weekly|hourly)"
_TIMES = rf"(?:once|twice|thrice|{_RANGE}\s{{1,2}}times?)"
COUNT = small(
    rf"{_LEFT}(?<!one of )(?<!following )\b(?:{_NOT_FOLLOWED}(?P<bound>{_MOST}|{_LEAST}|additional|extra|further) )?"
    rf"(?P<n>{_RANGE}|single)[ -](?P<mid>{_BETWEEN})(?P<noun>{_NOUN})\b{_NOT_DOSE}",
)
VAGUE = small(
    rf"\b(?P<n>multiple|repeated|repeat|serial|several|consecutive)[ -]{_BETWEEN}(?P<noun>{_GIVEN_NOUN})\b{_NOT_DOSE}",
)
TIMES_ONLY = small(
    rf"{_LEFT}\b(?P<n>once|twice|thrice|one[- ]time|single (?:i\.?v\.?|intravenous|intra-?[a-z]{{4,12}})(?=\s?[,;.)])|{_RANGE}\s{{1,2}}(?:consecutive )?times)\b"
    r"(?!\s{0,2}(?:a|per|each|every(?! (?:\d|two|three|four|six|eight))|the|in\s(?:a|every|each)|they|patients?|daily|weekly|monthly|higher|lower|"
    r"greater|more|less|baseline|upper|as|faster|[a-z]{3,14}ed|eligible|consent|informed|all|he|she|participants?|"
    r"subjects?|this|is|was|has|have|been|it|we|you|your|/)\b)(?!\s{0,2}/)",
)
PER = small(
    rf"{_LEFT}\b(?:(?P<n>{_TIMES}|{_RANGE} (?:doses|drops|applications|injections))\s{{1,2}})?(?P<adverb>{_ADVERB})\b(?!\s{{1,2}}(?:life|living|activit|function|practice|"
    r"routine|dose limit|quality|symptom|pain|skin care|exercise|condition|cultur|medium|media|collect|harvest|supernatant))",
)
A_DAY = small(
    rf"{_LEFT}\b(?:once\s{{0,2}}(?:a|per|every|each|in an?|in every|in|/)\s{{0,2}}(?P<every>{_RANGE})?\s{{0,2}}[- ]?"
    rf"(?P<unit>{_EACH_UNIT})|(?P<n>twice|thrice|{_RANGE}\s{{1,2}}times?|{_RANGE} (?:doses|drops|applications|"
    rf"sessions|injections|infusions|treatments))\s{{0,2}}(?:a|per|each|every|/)\s{{0,2}}(?P<unit2>{_EACH_UNIT}))\b"
    r"(?!\s?-?(?:apart|intervals?)\b)",
)
EVERY = small(
    rf"\b(?:every|each|q)\s{{0,2}}(?P<n>{_RANGE}|other|second|third|alternate)?\s{{0,2}}[- ]?"
    rf"(?P<unit>{_EACH_UNIT}|[hdw](?=\b))\b|\b(?P<alternate>alternate|alternating) (?P<days>days|weeks)\b",
)
LATIN = re.compile(r"\b(?P<latin>[QBT]\.?I\.?D|[qbt]\.?i\.?d|Q[DW]|q\.?[dw])\b\.?(?:\s(?:per|a|each) day)?")
_GIVE_OR_TAKE = (
    rf"\(?(?P<wide>\+\s?/?\s?[-–]|±|plus or minus)\s?(?P<w>{_NUM})(?:\s?(?P<wu>{_EACH_UNIT}))?\s?\)?"
)
INTERVAL = small(
    rf"{_LEFT}\b{_LEAST}\s(?P<c>{_NUM})\s{{0,2}}-?(?P<cu>{_EACH_UNIT})(?: apart)?,?\s(?:and|but|or)\s"
    rf"{_MOST}\s(?P<d>{_NUM})\s{{0,2}}-?(?P<du>{_EACH_UNIT}) apart\b"
    rf"|{_LEFT}\b(?P<v>{_NUM})\s{{0,2}}-?(?P<vu>{_EACH_UNIT})\s{{0,2}}{_GIVE_OR_TAKE}"
    rf"\s{{0,2}}(?:,?(?:but|and) (?P<but>(?:{_LEAST}|{_MOST}) {_NUM} {_EACH_UNIT}) )?(?:apart|intervals?)\b"
    rf"|{_LEFT}\b(?:(?P<bound>{_LEAST}|{_MOST})\s)?(?P<a>{_RANGE}|a(?= (?:day|week|month|year) apart)|an(?= hour apart))"
    rf"\s{{0,2}}-?\s{{0,2}}(?P<au>{_EACH_UNIT})['’]?\s{{0,2}}-?"
    r"(?:apart|(?:of )?intervals?|/time|between (?:each|doses|injections|infusions|sessions|treatments))\b"
    rf"|\b(?:intervals?|separated|spaced)\s{{1,2}}(?:\w{{1,12}}\s{{1,2}}){{0,5}}(?P<b>{_RANGE})"
    rf"\s{{0,2}}-?(?P<bu>{_EACH_UNIT})\b",
)
LENGTH = small(
    r"\b(?:(?:for|during|over|x|×)\s{1,2}(?:an? (?:total|period|duration|course) of |an? (?=[a-z\d]{1,8}[- ](?:day|week|month)s? (?:period|course))|"
    rf"the first |the next |the following |continuous |another )?(?:a )?(?:(?P<bound>{_MOST}|{_LEAST}) )?"
    rf"|{_NOT_FOLLOWED}(?P<most>up to )|duration\s{{0,2}}[:：of]{{1,2}}\s{{0,2}})"
    rf"(?P<a>{_RANGE})\s{{0,2}}-?\s{{0,2}}(?:consecutive |successive |continuous |treatment )?(?P<au>{_SPAN})\b"
    rf"|\b(?:consecutive|successive|continuous)\s{{1,2}}(?P<c>{_NUM})\s{{0,2}}(?P<cu>{_LONG})\b"
    rf"|\b(?:to|until|till|through)\s{{1,2}}(?P<until>day|week|month)\s(?P<at>\d{{1,3}})\b",
)
LENGTH_FIRST = small(
    rf"{_LEFT}\b(?P<b>{_RANGE})\s{{0,2}}-?\s{{0,2}}(?:consecutive|successive|continuous)\s{{1,2}}(?P<bu>{_LONG})\b"
    rf"|{_LEFT}\b(?P<d>{_NUM})\s{{0,2}}(?P<du>{_LONG}) in a row\b"
    rf"|{_LEFT}\b(?P<e>{_NUM})\s{{0,2}}-?(?P<eu>{_SPAN}) (?:of treatment|course|treatment (?:course|period)|topical application)\b",
)
LENGTH_BESIDE = small(
    rf"{_LEFT}\b(?P<a>{_RANGE})\s{{0,2}}-?(?P<au>{_SPAN})(?=\s?(?:[,;.)\n]|$))",
)
OFTEN_BEFORE = small(
    r"(?:\b(?:daily|weekly|monthly|hourly)|\b(?:a|per|each|every(?: \d{1,2})?)\s?(?:day|week|month|h|hours?)|/(?:day|week)"
    r"|\b(?:qd|bid|tid|qid))(?: in \d[^,;.\n]{0,20})?, $",
)
"""Right before a length: "twice a week, 4 weeks"."""

_AND = r"(?:\s?(?:,|&|/|、|;)\s?(?:and |then )?|\s(?:and|or|then)\s(?:on |at )?)"
_ONE_POINT = r"[+-]?\d{1,3}(?:st|nd|rd|th)?(?![\d.]\d|\s?(?:%|m[lg]\b|cc\b|patients|subjects|x\s?10|×))"
POINTS = re.compile(
    rf"\b(?P<unit>days?|weeks?|wks?|months?|(?<!vitamin[ -])[dw](?=\d))\s{{0,2}}[=:#]?\s{{0,2}}(?P<list>{_ONE_POINT}"
    rf"(?:(?:{_AND}|\s?(?:-|–|~|to|through|until)\s?)(?:(?P=unit)\s{{0,2}})?{_ONE_POINT}){{0,15}})"
    r"(?!\s?[-–]?\s?(?:hours?|years?|old))"
    rf"|{_LEFT}\b(?P<nth>\d{{1,3}}(?:st|nd|rd|th)(?:{_AND}\d{{1,3}}(?:st|nd|rd|th)){{0,9}})\s(?P<nthu>day|week|month)s?\b",
    re.I,
)
AGAIN = small(
    rf"(?<!after )(?<!after the )(?<!before the )(?<!to the )\b(?P<what>booster|second|third|fourth|fifth|2nd|3rd|4th|5th|"
    rf"repeat)\s(?:[a-z]{{3,16}}\s){{0,1}}?(?P<noun>{_GIVEN_NOUN})\b{_NOT_DOSE}"
    rf"(?:,?\s(?:[a-z]{{2,12}}\s){{0,4}}?(?:in|at|after|following)\s(?:the )?(?P<a>{_RANGE})\s{{0,2}}-?(?P<au>{_EACH_UNIT})\b)?"
    rf"|\b(?P<boost>booster|again|repeated)\b(?:[^.;]{{0,60}}?)\b(?:in|at|after|following|later)"
    rf"\s{{1,2}}(?:the )?(?P<d>{_RANGE})\s{{0,2}}-?(?P<du>{_EACH_UNIT})\b"
    rf"|\bafter (?P<b>{_NUM}) (?P<bu>{_EACH_UNIT}),? (?:the )?(?:patients?|subjects?|participants?) (?:will|are|were)"
    r" (?:be )?(?:given|injected|receive)"
    rf"|{_LEFT}\b(?P<c>{_NUM}) (?P<cu>{_EACH_UNIT}) (?:later|after the first)\b",
)
OVER = small(
    rf"\b(?:over|for|in|lasting|during)\s{{1,2}}(?:approximately |about |at least |a period of )?"
    rf"(?P<a>{_RANGE})\s{{0,2}}-?\s{{0,2}}(?P<au>{_SHORT})\b"
    rf"|\bwithin\s{{1,2}}(?:approximately |about |a period of )?(?P<b>{_RANGE})\s{{0,2}}-?\s{{0,2}}(?P<bu>minutes?|mins?)\b"
    r"(?!\s(?:of|after|from|post|following)\b)"
    rf"|(?<=completed )within (?:approximately |about )?(?P<c>{_RANGE}) (?P<cu>hours?|hrs?)\b",
)
MOMENT = small(
    r"\b(?P<when>at the time of|at the end of|simultaneously with|immediately after|at|during|after|following|before)"
    r"\s{1,2}(?:the |a |an |each |completion of (?:the )?)?(?:(?!and\b|or\b|the\b)[a-z][\w-]{0,20}\s{1,2}){0,2}?"
    r"(?P<what>[a-z-]{2,16}(?:ectomy|plasty|otomy|ostomy|scopy|section)|surgery|operation|debridement|resection|"
    r"(?:skin )?graft(?:ing)?|laser(?: treatment| therapy)?|radiotherapy|radiation|chemotherapy|microneedling|"
    r"excision|closure|extraction|irradiation|transplantation|lymphodepletion|peeling|reperfusion|"
    r"scar revision|subcision|bypass|angioplasty|liposuction|delivery|procedure)\b",
)

WITHIN = small(
    rf"\bwithin (?:the (?:first )?|approximately |about )?(?P<n>{_RANGE})\s{{0,2}}-?(?P<unit>hours?|hrs?|h|days?|weeks?|months?)"
    r" (?P<when>of|from|after|before|following|prior to|post)\s(?P<the>(?:the |a |an |their )?(?:onset of )?(?:the )?)"
    r"(?!(?:\w{1,16} )?(?:releas|thaw|complet|aspirat|harvest|collect|deliver|arriv|prepar|produc|shipment|manufact|process|receipt|"
    r"treat|injec|infus|baseline|random|enrol|follow|dos|admin|therap|inclusion|stud|visit|screen|becom|reconst|"
    r"sampl|blood|cell|modif|initiat|reception|receiv|signing|consent|biops|taking|removal|isolat|cultur|scan|each|being)|"
    r"(?:which|that|this|it|they|any|life|birth|age|your|his|her|first|last|next|initial|the|start|of|end|being)\b)"
    r"(?P<what>[a-z][\w-]{2,24}(?: (?!and\b|or\b|in\b|at\b|by\b|with\b|for\b|the\b|will\b|is\b|was\b|are\b|were\b|to\b|as\b|"
    r"via\b|who\b|on\b)[a-z][\w-]{1,24}){0,2})",
)
"""How soon after an event, not how long giving takes: "within 48 hours of the burn injury"."""

DISTANCE = small(
    rf"{_LEFT}\b(?P<n>{_RANGE}(?:\s?(?:,|and|&)\s?{_NUM}){{0,4}})\s{{0,2}}-?(?P<unit>hours?|days?|weeks?|months?)"
    r" (?P<when>after|before|following|prior to|post)\s{1,2}(?:the |a |an |last )?(?!treat|injec|infus|baseline|the\b|"
    r"random|enrol|follow|intervention|first|second|last|dos|admin|therap|discharge|inclusion|study|that|which|each|"
    r"completion|transplant|birth|their|modif|his\b|her\b|your|any\b|being|participation|vaccin|initial|start)(?P<what>[a-z][\w-]{2,24}(?: (?!and\b|or\b|in\b|at\b|by\b|with\b|"
    r"for\b|the\b|will\b|is\b|was\b|to\b|as\b|via\b)[a-z][\w-]{1,24}){0,2})",
)
