"""What is treated and what a product looks like, as far as it tells how the product is given: patterns only."""

from skinproof.extraction.letters import small

LOCAL = small(
    r"alopecia|bald|hair|scar|keloid|wrinkl|nasolabial|rejuvenat|facial|face|periorbital|infraorbital"
    r"|striae|stretch mark|fold|fistul|ulcer|wound|burn"
    r"|limb isch|critical limb|foot|vitiligo|melasma|skin|atroph|incontinence|erectile|lichen|cellulite"
    r"|contour|breast|lipo|augment|cleft|defect"
    r"|nonunion|fracture|osteonecrosis|tendin|tendon|plantar|fasciitis|epicondyl|carpal|periodon|gingiv"
    r"|dental|pulp|implant|sinus|muscle|myocard"
    r"|cardiomyopath|heart failure|infarct|disc|spinal cord|stroke|glioma|parkinson|ovar|asherman"
    r"|endometri|bone|cartilage|photoag|aging skin|gum|jaw"
    r"|raynaud|digital|hand|lip|eyelid|dark circle|acne|tear trough|anal|sphincter|urethra|peyronie"
    r"|lymphedema|rotator|claudication|arterial (?:occlusive )?disease",
)
SYSTEMIC = small(
    r"covid|sars|ards|respiratory|pneumon|sepsis|graft.versus|gvhd|lupus|sclerosis|scleroderma|crohn"
    r"|colitis|diabet|psoria|atopic|eczema|bullosa"
    r"|nephr|kidney|renal|liver|cirrho|hepat|anemi|anaemi|leuk|lymphom|myelom|transplant|rheumat|arthritis"
    r"|autism|cerebral palsy|dementia|alzheim"
    r"|amyotroph|multiple|stroke|infarct|heart|cardio|pulmon|lung|copd|fibrosis|frailty|aging|failure"
    r"|immun|sickle|thalass|mucopoly|leukodys"
    r"|lyell|necrolysis|cancer|carcinoma|tumou?r|melanoma|malignan|sarcoma|dystroph|dysplasia|neuropath"
    r"|pancrea|hiv|vasculit|osteogenesis|neonat|preterm",
)
JOINTS = small(
    r"osteoarthr|gonarthr|knee|\bhip\b|joint|cartilage|menisc|chondr|ankle arthr|temporomandibular|\btmj\b",
)
MUSCLE_HERE = small(
    r"limb|leg\b|legs|lower extremit|calf|calves|gastrocnemius|ulcer|foot|feet|isch|claudication|arterial"
    r"|thromboangiitis|buerger|vascular|angiopath|\bhands?\b"
    r"|forearm|finger|hemifacial|romberg|\bmuscular|\bmuscles?\b|dystroph|sphincter|incontinence|\bface\b"
    r"|facial|wound|stump|raynaud",
)
LOCAL_MUSCLE = small(r"local(?:ly)?\W{1,3}(?:intra-?muscular|inject)")
MUSCLE_AWAY = small(r"deltoid|gluteal|gluteus|buttock|vastus|thigh muscle")
EYE = small(
    r"\beyes?\b|ocular|cornea|retin|macula|optic|dry eye|glaucoma|kerat(?:itis|oconus|opath)|limbal"
    r"|conjunctiv|pterygi|uveit|ophthalm",
)
NEEDLED = small(
    r"micro-?\s?needl|dermaroller|derma\s?roller|dermapen|derma\s?pen|dermastamp|collagen induction"
    r"|skin needling|medical needling",
)
LASERED = small(
    r"laser.assisted|fractional (?:co2|carbon|erbium|er:yag|laser)|ablative (?:fractional )?laser"
    r"|laser (?:channel|microchannel)",
)
AMNION = small(r"amnio|amnion|chorion|birth tissue|placental membrane")
SURFACE = small(r"ulcer|wound|burn|defect|bullosa|donor site|pyoderma|sore")
OUTSIDE = small(
    r"ulcer|wound|burn|bullosa|donor site|pyoderma|sore|alopecia|bald|hair|scar|keloid|wrinkl|skin|facial"
    r"|face|vitiligo|melasma|acne|dermat|eczema|psoria"
    r"|rejuven|photoag|cosmetic|mucositis|graft",
)
PLACED = small(
    r"fistul|osteonecro|necrosis of the femoral|fracture|non-?union|pseud(?:o)?arthrosis|bone (?:defect"
    r"|loss|cyst)|\bfusion|arthrodesis|limb isch|critical limb|cleft|alveol"
    r"|periodon|jaw|maxill|mandib",
)
SKIN = small(
    r"alopecia|bald|hair|scar|keloid|wrinkl|nasolabial|facial|fistul|ulcer|wound|burn|limb|foot|vitiligo"
    r"|breast|incontinence|contour|defect|face",
)
AT_SURGERY = small(
    r"arthrodesis|\bosteotom|(?:spinal|lumbar|interbody|ankle|foot|bone) fusion|core decompression"
    r"|(?:rotator cuff|tendon|ligament|meniscal|meniscus) (?:repair|reconstruction|regeneration|injur\w{1,3})"
    r"|regeneration of (?:\w{1,12} ){0,3}(?:ligament|tendon|meniscus)|sinus (?:lift|augmentation|floor)"
    r"|(?:intra-?bony|furcation|periodontal|bone|bony|osseous) defects?|gingival recession"
    r"|(?:socket|ridge) (?:preservation|augmentation)|extraction socket|(?:tooth|teeth|dental|molar) extraction|alveolar cleft|bone (?:graft|augment)",
)
"""Operations at which a product is put where it is to act, if nothing else is said."""
GUM = small(r"gingiv|periodon|recession|alveol|extraction|socket")
INTO_MARROW = small(r"intra-?osseous")
CARTILAGE = small(
    r"articular cartilage|cartilage (?:defect|lesion|injur|repair|regenerat|damage|loss)|osteochondral"
    r"|chondral (?:defect|lesion|injur)|menisc|knee",
)
NOT_CARTILAGE = small(
    r"ulcer|wound|burn|bullosa|scar|skin|necrosis|nonunion|\bfractur|tendon|ligament|replacement|arthroplast",
)
FLAT = small(r"membrane|sheet|patch|film")
BONE = small(
    r"bone|fractur|non-?union|tendon|rotator|socket|sinus|alveol|periodon|intrabony|furcation|maxill"
    r"|mandib|cartilag|chondr|menisc|spin(?:e|al)|disc\b",
)
MEMBRANE = small(r"amnio(?!centes|tic (?:fluid|suspension))|amnion|chorion(?!ic villus)")
FIBROBLAST = small(r"fibroblast|azficel|isolagen")
FOLDS = small(r"fold|wrinkl|acne|scar|rejuvenat|vocal|contour")
BLOOD_CELLS = small(
    r"h(?:a)?ematopoietic|bone marrow transplant|cord blood transplant|peripheral blood stem cell"
    r"|lymphocyt|t.cells?\b|\btils?\b|dli\b",
)
FAT = small(
    r"\b(?:fat|adipose(?: tissue)?) graft|lipofill|fat (?:transfer|transplantation)|nanofat|lipotransfer"
    r"|micro-?fat",
)
FOLLOWED = small(
    r"followed|after|before|combin|then\b|plus|with|and\b|\+|via|through|using|by\b",
)
VACCINE = small(r"vaccin|dendritic")
"""Cells given to teach the immune system: under the skin, into a node or a vein, which only the record can say."""
