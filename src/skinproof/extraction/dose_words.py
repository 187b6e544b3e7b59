"""Words around an amount that say whose it is and what was done with it: given, taken out, measured, mixed with."""

import re

from skinproof.extraction.letters import small

CELL = frozenset({"cells"})
DRUG = frozenset({"mass", "protein", "rna", "volume", "fraction", "activity", "molecules"})
KINDS_OF: dict[str, frozenset[str]] = {
    "ev": frozenset(
        {
            "particles",
            "protein",
            "mass",
            "lipid",
            "molecules",
            "rna",
            "cell_equivalents",
            "volume",
            "fraction",
        }
    ),
    "conditioned_medium": frozenset(
        {"volume", "protein", "mass", "cell_equivalents", "particles", "fraction"}
    ),
    "msc": CELL | {"volume"},
    "other_cell": CELL | {"volume", "mass"},
    "prp": frozenset({"volume", "platelets", "mass"}),
    "growth_factor": DRUG,
    "peptide": DRUG,
    "mirna": DRUG | {"particles"},
    "mrna": DRUG | {"particles"},
    "pdrn": DRUG,
    "other": DRUG | CELL,
}
"""Class of product -> kinds of amount that can be its dose."""

CELL_FREE = frozenset({"ev", "conditioned_medium"})
"""Classes whose dose is counted in cells only where the record says so of the product itself."""
COUNTED_KINDS = frozenset({"particles", "cells", "cell_equivalents", "platelets", "lipid", "molecules"})

ELSEWHERE = small(
    r"\b(?:mice|mouse|murine|rats?|rabbits?(?! (?:atg|anti))|pigs?|porcine model|swine|dogs?|monkeys?|macaques?|primates|animals?"
    r"|pre-?clinical|in vitro|previous(?:ly)? (?:\w{1,20} ){0,2}(?:stud(?:y|ies)|trials?|reports?|published|shown)"
    r"|(?:earlier|other|published|several|prior) (?:\w{1,20} ){0,2}(?:stud(?:y|ies)|trials?)|et al|literature|colleagues"
    r"|incidence|prevalence|mortality|worldwide)\b",
)
RESULT = small(
    r"\b(?:show(?:ed|n|s)|demonstrat\w{1,5}|report(?:ed|s)|observed|significant(?:ly)?|resulted|concluded|revealed|found that"
    r"|compared with|proven|experience|survived|recovered)\b",
)
TAKEN = small(
    r"\b(?:aspirat\w{0,4}|(?:leuk|plasm)?apheresis|obtained (?:by|from)|harvest\w{0,4}|liposuction|withdraw\w{0,2}|withdrawn|drawn|collect(?:ed|ing|ion)|samples?"
    r"|biops\w{1,4}|seed(?:ed|ing)|plat(?:ed|ing)|cultur(?:ed|e|ing) (?:at|in|flasks?)|density|centrifug\w{0,6}|spun"
    r"|flasks?|tubes?|needles?|syringes? of|gauge|rate of|yield\w{0,4}|passage\w{0,2}|excised|anticoagul\w{0,5}|blood count"
    r"|platelet count|plt|anc|wbc|hemoglobin|creatinine|bilirubin|glucose|serum level"
    r"|plasma level|trough|viral load|ferritin|crp|d-dimer|albumin level|freez\w{0,4}|frozen at|digest\w{0,4}|wash\w{0,3}"
    r"|collagenase|trypsin)\b(?![^.,;)\x1f]{0,60}\b(?:receiv\w{1,3}|inject\w{0,6}|infus\w{0,5}|given|giv(?:e|ing)|administ\w{1,8}|reinfus\w{0,5}))"
    r"[^.,;)\x1f]{0,60}$",
)
BLOOD_COUNT = small(r"\b(?:neutrophils?|leu[ck]ocytes?|lymphocytes?)\b[^.,;)\x1f]{0,60}$")
"""Counted per mL of blood; `lymphocytes (minimum 3 X 10(9))` are given."""
TAKEN_AFTER = small(
    r"^[^.;,\d\x1f]{0,60}\b(?:(?:collected|withdrawn|aspirated|harvested|drawn|taken|extracted|centrifuged|obtained|isolated)\b"
    r"|for (?:\w{2,14} ){0,2}(?:analys[ei]s|testing|tests|counting|cultures?|cytometry|measurements?)\b)",
)
OTHER_STUFF = small(
    r"\b(?:saline|nacl|sodium|chloride|pbs|plasma-?lyte|ringer\w{0,2}|dextrose|glucose|buffer\w{0,2}|water|albumin|hsa|heparin"
    r"|placebo|vehicle|blood(?![- ](?:stem|derived|mesenchymal|msc|mononuclear|cells?))|aspirates?|lipoaspirates?|tumescen\w{0,4}|syringes?|needles?|tubes?|flasks?|bags?"
    r"|lidocaine|lignocaine|bupivacaine|epinephrine|adrenaline|citrate|acd|acd-a|thrombin|calcium|gluconate|dmso"
    r"|contrast|urine|(?<!-)csf|alcohol|ethanol|iodine|triamcinolone|prednisolone|methylprednisolone|dexamethasone"
    r"|methotrexate|cyclophosphamide|fludarabine|busulfan|melphalan|atg|thymoglobulin|cyclosporine?|tacrolimus"
    r"|mycophenolate|rituximab|minoxidil|finasteride|hyaluron\w{1,5}|botulinum|calcipotriol|antibiotics?"
    r"|cefazolin|paracetamol|ibuprofen|aspirin|insulin|ointment base|oxygen|amphotericin|penicillin|streptomycin|gentamicin|sf6|c3f8|sucrose|culture media?|serum)\b",
)
RATE = re.compile(r"^\s?(?:/\s?|per\s|each\s)(?:min|minutes?|s|secs?|seconds?)\b")
"""`introducing 1×10(6) cells per minute`."""
TAKEN_BEFORE = small(
    r"\b(?:taken|aspirated|harvested|drawn|collected|withdrawn)\b(?![^.;\x1f]{0,120}\b(?:inject|infus|appl|administ|implant|given))"
    r"[^.;\x1f]{0,120}$",
)
"""`will be taken from the iliac crest (60 ml) and the tibia (30 ml`."""
GIVEN_OF = small(
    r"\b(?:injections?|application|administration|infusion|implantation|instillation) of\s(?:about\s|approximately\s)?$",
)
DOSE_OF = small(rf"{GIVEN_OF.pattern}|\bdos(?:e|age)s? of\s(?:about\s|approximately\s)?$")
"""`washed and suspended in saline in a dose of`: what is given, whatever was done before."""
ASPIRATE = small(r"\baspirates?\b")
OUT_OF = small(
    r"\bfrom\s(?:about\s|approximately\s|up to\s|a total of\s|the\s|a\s|an\s){0,2}$",
)
"""`from 200-300 ml adipose tissue`: what the product is made from."""
EACH_TIME = small(
    r"\b(?:injections?|infusions?|instillations?|applications?|doses?)\s?(?:\(|of\s)(?:about\s|approximately\s)?$",
)
GIVEN_AFTER = re.compile(
    r"^\s(?:of\s)?(?:[\w-]{2,24}\s){0,6}(?:will be|was|were|is|are|to be)\s(?:\w{2,14}\s)?"
    r"(?:injected|infused|administered|instilled|applied|inhaled|transplanted|implanted|given)\b"
)
ABBREVIATED = re.compile(r"^[^.,;:()\x1f]{0,30}\(\s?([A-Za-z][\w+-]{1,14})\s?[);,(®]")
SPELLED_OUT = re.compile(r"(?<!\w)([A-Z][A-Za-z0-9-]{3,20})\s?(?:\(R\)|\(TM\)|®|™)?\s?\($")
"""`erythropoietin (Epo)` and `PROCRIT (Epoetin alfa)`: the name after and the name before."""
UNNAMED_PRODUCT = (
    "study drug",
    "study medication",
    "study treatment",
    "investigational product",
    "test article",
)
CLASS_NOUNS: dict[str, tuple[str, ...]] = {"peptide": ("peptide", "peptides", "Peptide", "Peptides")}
"""Class of product -> words that name the product where the study has one product."""
SOME_DRUG = re.compile(
    r"(?<![\w-])((?:[A-Za-z][\w-]{0,14}[A-Z0-9][\w-]{0,14})|[A-Z][a-z]{3,20}"
    r"|[a-z]{3,20}(?:ide|ine|mab|ole|one|ate|cin|nib|xel|tin|zol|mol|pam|lam|fen|ril|lin))"
    r"\s?(?:\(|\[|(?:at|in)\s(?:a\s|the\s)?(?:[a-z]{3,12}\s)?dos(?:e|age)\sof\s)\s?$"
)
"""`IL-2 (720,000 IU/kg`, `Mpred at a dose of 1000 mg`: a name right before an amount."""
CHANGED = small(
    r"\b(?:rais(?:ed|ing)|increas(?:ed|ing)|reduc(?:ed|ing)|adjust(?:ed|ing)|escalat(?:ed|ing)|maximum|starting|continued|changed)\b",
)
"""`may be raised gradually to 300 units per kilogram`: a further dose of the product."""
NO_DRUG = frozenset((
    "dose", "doses", "dosage", "dosages", "level", "infusion", "injection", "group", "arm", "cohort", "day", "medicine", "volume",
    "intravenously", "subcutaneously", "topically", "iv", "im", "sc", "vaccine", "either", "treatment", "given", "administered",
))  # fmt: skip
CARRIER = small(
    r"(?:\b(?:in|with|(?<!up )to|into|within|using)\s(?:a\s|an\s|the\s|about\s|approximately\s|total\s|final\s|each\s|\(){0,3}(?:volume of\s)?"
    r"|\b(?:volume|diluted|suspended|resuspended|reconstituted|dissolved|mixed)(?:\s(?:in|to|with|of|is|was|will be|at|up to))?\s?[:：=]?\s{0,2}(?:a\s|an\s)?)$",
)
GIVES = small(
    r"\b(?:dos(?:e|es|age|ed|ing)|inject\w{0,4}|infus\w{0,4}|administ\w{0,9}|receiv\w{0,3}|appl(?:y|ied|ication)\w{0,1}|given"
    r"|transplant\w{0,6}|implant\w{0,6}|instil\w{0,6}|inhal\w{0,6}|nebuli[sz]\w{0,4}|treated with|deliver\w{0,3}|topical\w{0,2}"
    r"|drops?|volume|intra\w{3,12}|subcutaneous\w{0,2}|amount|mixed with|spray\w{0,3}|transfus\w{0,4})\b",
)
OTHER_CELLS = small(
    r"\b(?:cd\d{1,3}\+?|t[- ]?cells?|t lymphocytes?|nucleated|mononuclear|mncs?|tncs?|ha?ematopoietic|hscs?|lymphocytes?|leukocytes?"
    r"|treg\w{0,2}|nk cells?|red (?:blood )?cells?|tumou?r cells?|cancer cells?|endothelial cells? count)\b",
)
GENERIC = frozenset(
    [
        "of",
        "the",
        "study",
        "drug",
        "product",
        "test",
        "article",
        "investigational",
        "solution",
        "suspension",
        "gel",
        "cream",
        "serum",
        "lotion",
        "ointment",
        "dose",
        "iv",
        "im",
        "sc",
        "injection",
        "intravenous",
        "total",
        "each",
        "drops",
        "preparation",
        "formulation",
        "protein",
        "per",
        "day",
        "daily",
        "twice",
        "od",
        "bid",
        "tid",
        "qw",
        "subcutaneously",
        "intravenously",
        "subcutaneous",
        "sq",
        "i.v",
        "three",
        "thrice",
        "every",
    ]
)
CODE = re.compile(r"\b[A-Z][A-Za-z]{0,12}-?(?:[A-Z]{1,8}|exos?|\d)[\w-]{0,16}\b")
NO_NAME = frozenset(("PRP", "MSC", "MSCs", "EVs", "IV", "Injection", "Placebo", "Control"))
FORM = small(
    r"\b(?:cream|gel|lotion|ointment|solution|serum|drops?|spray|hydrogel|formulation|patch|emulsion)\b",
)


FIRST_WORDS = re.compile(r"[,;.+()]|\s(?:in|with|and|dose)\s")
