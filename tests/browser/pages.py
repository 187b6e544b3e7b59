"""One page of each kind, as a server names it; and the same in a folder of files."""

BOTH = (
    "index.html",
    "studies.html",
    "study/NCT99000001.html",
    "study/NCT99000005.html",
    "study/NCT99000006.html",
    "cells/ev--scar.html",
    "preparations.html",
    "landscape.html",
    "gaps.html",
    "pooled.html",
    "pooled/how-pooling-reads.html",
    "claim.html",
    "papers.html",
    "judgements.html",
    "changes.html",
    "agent/all-ev.html",
    "agent/exosome.html",
    "indication/scar.html",
    "method.html",
    "vocabulary.html",
    "issues.html",
)
"""Pages that both have."""

LIVE = (
    "?agent=ev&cell=ev~indication%3Ascar",
    "?open=indication%3Ascar&results=yes",
    "studies.html?q=exosome",
    "claim.html?q=exosomes+after+fractional+laser+improve+acne+scars",
    "claim.html?q=217+clinical+trials+on+EVs",
    "?as_of=2020-06-30",
    "api.html",
    "login.html",
    "record/NCT99000005.html",
    "nothing.html",
    "?agent=exozome",
)
"""What only a server shows; the last two are refusals."""

OWN_FILE = (
    "index.html",
    "studies.html",
    "claim.html",
    "study/NCT99000005.html",
    "pooled/how-pooling-reads.html",
    "landscape.html",
)
"""Pages whose file differs from what a server shows, and some of the rest: held to all rules as files too."""
