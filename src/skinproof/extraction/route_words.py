"""The words that route cues are made of, and those that show that something else is given."""

from skinproof.extraction.letters import small
from skinproof.extraction.stems import Stems

STEMS = Stems(
    {
        "into": (
            "inject, reinject, infiltrat, inoculat, lipoinject, infus, reinfus, re-infus, microlipoinject"
        ),
        "put_in": "implant, transplant, graft, deposit, insert, deliver, seeded",
        "on": (
            "appl, paint, spread, smear, massage, rub|, rubbed, instil, pour, drip, cover, placed, "
            "placing, laid|"
        ),
        "drip": "drip, transfus",
        "drop": "drop|, drops|",
        "shot": "syringe, inj|, shot|, shots|",
        "place_injection": (
            "scalp, facial, lesion, ulcer, scar|, penile, breast, perianal, muscle, muscular, "
            "myocardial, fistula, periurethral, sphincter, peritibial, peri-tibial, ovarian, "
            "gingival, knee, hip|, joint, shoulder"
        ),
        "numbing": (
            "anesthe, anaesthe, anasthe, lidocain, lignocain, xylocain, bupivacain, bupvicain, "
            "bupivicain, prilocain, numbing, sedat, emla, tumescen, klein, nerve block, "
            "ring block, analges, adrenalin, epinephr, epinep"
        ),
        "taking": (
            "liposuct, lipoaspirat, harvest, venipunctur, venepunctur, blood draw, blood sampl, "
            "blood collect, was drawn, were drawn, be drawn, withdrawn, aspirated, aspiration, "
            "aspirating, biops, collected, mobiliz, mobilis, g-csf, gcsf, filgrastim, taken from, "
            "obtained from, obtain|, procured, procurement, isolated from, excis, donor site, donor area"
        ),
        "drug": (
            "triamcinolone, minoxidil, steroid, cortico, glucocortico, prednis, methylpred, "
            "botulin, hyaluron, methotrexate, cyclospor, ciclospor, cyclophos, fludarab, "
            "melphalan, busulfan, antibiotic, contrast, heparin, insulin, chemother, calcip, "
            "calpoc, tacrolimus, mycophen, thymoglob, globulin, immunoglob, antithym, anti-thym, "
            "rituximab, bevacizumab, ranibizumab, aldesleukin, interleukin, il-2|, interferon, ketorolac, "
            "nsaid, paracetamol, acetaminophen, vitamin, granule, tablet, finasteride, "
            "dutasteride, hydroquinone, tranexamic, diphenhydramine, antihist, hydrocort, "
            "dexameth, mannitol, magnesium, remdesivir, oxygen, saline dressing, ganciclovir, "
            "acyclovir, misoprostol, sildenafil, parathyroid, teriparatide, cholecalciferol, "
            "leuprol, levodopa, glucose, tumor lysate, tumour lysate, aspirin, clopidogrel, "
            "statin, atorvastat, rosuvastat, simvastat, dressing was, dressing were, dressing is, "
            "dressing will, gauze, bandage, foam, silver, radiother, radiat, irradiat, temozolom, "
            "docetaxel, paclitaxel, cisplatin, carboplatin, oxaliplatin, epirubicin, doxorubicin, "
            "daunorubicin, fluorouracil, vincrist, ifosfamid, bortezomib, dacarbaz, treosulfan, gemcitab, mitomycin, anti-vegf, antivegf, imiquimod, formula|, "
            "ointment, fluorescein, technetium, verteporfin, ultrasound gel, retino, tretinoin, "
            "thiotepa, etoposide, cytarabine, sirolimus, alemtuzumab, nivolumab, pembrolizumab, "
            "ipilimumab, sargramostim, gm-csf, beclomet, salbutamol, budesonide, nitric oxide"
        ),
        "control": (
            "control|, controls|, control group, control arm, control side, versus, vs|, "
            "compared to, compared with, comparison, conventional, standard care, "
            "standard treatment, standard therapy, alone|, instead of, unlike, rather than"
        ),
        "animals": (
            "animal|, animals|, mice|, mouse|, rat|, rats|, rabbit, murine, porcine, pig|, pigs|, "
            "preclinical, pre-clinical"
        ),
        "background": (
            "previous|, previously|, earlier stud, literature|, reported|, studies have, "
            "studies show, have shown, have demonstrated, have used, have proven, have been shown, "
            "have been demonstrated, have been used, have been proven, has been shown, "
            "has been used, has been reported, has been proven, in vitro|, widely used, "
            "current treatment, currently treat, currently used, conventional treat, "
            "conventionally treat, treatment option, such as|, gold standard, usually|, commonly|, "
            "in general|, experimental model, it is known, is known|, well-known, well known, "
            "other authors, et al|"
        ),
    }
)

PLACE = small(
    r"\b(?:scalp|lesions?|wounds?|ulcers?|ulcerations?|scars?|keloids?|face|skin|folds?|wrinkles?|striae"
    r"|follicles?|limbs?|legs?"
    r"|calf|calves|muscles?|gastrocnemius|breasts?|fistulas?|fistulae|tracts?|tumou?rs?|plaques?"
    r"|patch(?:es)?|cheeks?|eyelids?|lips?"
    r"|hands?|fingers?|forearms?|f[eo]+t|heels?|gums?|gingiva\w{0,3}|papillae?|defects?|bed|sites?|areas?"
    r"|regions?|sphincters?"
    r"|tendons?|discs?|surface|eschar|sores?|fascia|vagina|vulva|penis|corpus cavernosum|corpora cavernosa"
    r"|ovar(?:y|ies)|myocardium"
    r"|parenchyma|brain|putamen|nerves?|tissues?|periphery|margins?|edges?|borders?|nodules?|burns?"
    r"|joints?|knees?|hips?|shoulders?"
    r"|urethra|bladder (?:neck|wall)|spinal cords?(?! (?:injur|dis|les|atroph|comp))|hairless|wall|cartilage)\b",
)
SURFACES = small(
    r"lesions?|wounds?|ulcers?|ulcerations?|skin|face|scalp|burns?|surface|sites?|areas?|regions?|bed"
    r"|sores?|eschar|scars?|f[eo]+t"
    r"|hands?",
)
DEEP = small(
    r"fistulas?|fistulae|tracts?|defects?|joints?|knees?|hips?|shoulders?|tendons?|muscles?|myocardium"
    r"|brain|nerves?|discs?"
    r"|spinal cords?|cartilage|parenchyma|urethra|ovar(?:y|ies)",
)
JOINT = small(r"joints?|knees?|hips?|shoulders?")
TO_IN = small(
    r"\b(?:in|into|inside|under|underneath|beneath|around|at|within|to|through|on|near)\b(?!\s(?:vitro"
    r"|vivo|situ|order|total))",
)
TO_ON = small(
    r"\b(?:in|into|to|on|onto|over|upon|around)\b(?!\s(?:vitro|vivo|situ|order|total))",
)
NOT_A_PLACE = small(
    r"effects?|efficacy|safety|outcomes?|function|patients?|subjects?|participants?|people|persons?"
    r"|adults?|children|individuals"
    r"|volunteers|treat|management|therapy|combination|container|improv|promot|heal|reduc|prevent|evaluat"
    r"|donor|which|who\b|study"
    r"|trial|reliev|halting|restor|lower|group|position|supine|approach|arm\b|mice|rats?\b|compar|cultur|vessel|laborator|dish|tube|needle",
)
"""Between "into the" and a place: then people or purposes are meant ("in patients with ulcers")."""

PURPOSE = small(
    r"\b(?:effects?|efficacy|safety|treating|treatment of|evaluat\w{0,4}|patients|may|might|could|based"
    r"|estimated|according)\b",
)
INTO = small(
    r"(?:re-?)?(?:inject(?:ed|ions?|ing|s)?|infiltrat(?:ed|ions?|ing|e)|inoculat(?:ed|ions?|ing|e)"
    r"|(?:micro)?lipoinjection|infus(?:ed|ions?))\b",
)
PUT_IN = small(
    r"(?:implant(?:ed|ations?|ing|s)?|transplant(?:ed|ations?|ing)?|graft(?:ed|ing)?|deposit(?:ed|ion)"
    r"|insert(?:ed|ion)"
    r"|deliver(?:ed|y)|seeded)\b",
)
ON = small(
    r"(?:appl(?:y|ied|ies|ications?|ying)|paint(?:ed)?|spread|smear(?:ed)?|massaged?|rub(?:bed)?"
    r"|instill?(?:ed|ation)?|pour(?:ed)?"
    r"|drip(?:ped)?|cover(?:ed|ing)?|plac(?:ed|ing)|laid)\b",
)
PLACE_INJECTION = small(
    r"(scalp|facial|lesion|ulcer|scar|penile|breast|perianal|muscle|muscular|myocardial|fistula"
    r"|periurethral|sphincter|peri-?tibial"
    r"|ovarian|gingival|knee|hip|joint|shoulder)\s{1,3}(?:\w{1,15}\s){0,2}"
    r"(?:injections?|infiltration|administrations?)\b",
)
INFUSION = small(
    r"(?:infus(?:ion|ions|ed|e|ing)|drip|transfus(?:ed|ion|ions)|re-?infus(?:ed|ion|ions))\b",
)
INJECTION = small(r"(?:inject(?:ion|ions|ed|ing|s|able)?|syringes?|inj|shots?)\b")
DROPS = small(r"(?:(?<=/)|(?<=/ )|(?<=per )|(?<=\d )|(?<=one )|(?<=two ))drops?\b")
TEARS = small(r"artificial tears?")
"""Given beside or before a product for the eye, never the product."""

OF_WHAT = small(
    r"(?: (?:application|administration|use|injection|infusion|treatment|intake)s?)? (?:of|with) (?:the |a |an )?"
    r"(?P<what>[a-z][\w-]{3,30}(?: [a-z][\w-]{3,30})?)",
)
"""Right behind a route: what is given by it."""

APPLIED = small(r"appl(?:y|ied|ies|ication|ications)\b")
IMPLANT = small(
    r"(?:implant(?:ed|ation|ations)?|transplant(?:ed|ation|ations)?|graft(?:s|ed|ing)?|seeded)\b",
)
