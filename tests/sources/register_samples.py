"""Small files of other registers for tests; every trial in them is synthetic, says so, and has an id that none can have."""

import json
from typing import Any
from xml.sax.saxutils import escape

TRIAL: dict[str, str] = {
    "Export_date": "06/09/2099 16:01:13",
    "Internal_Number": "1",
    "TrialID": "NCT99900001",
    "Last_Refreshed_on": "20 May 2098",
    "Public_title": "Synthetic example",
    "Scientific_title": "Synthetic example of exosomes in scars",
    "Acronym": "",
    "Primary_sponsor": "Synthetic University",
    "Date_registration3": "20980408",
    "Date_registration": "08/04/2098",
    "Source_Register": "ClinicalTrials.gov",
    "web_address": "https://example.test/NCT99900001",
    "Recruitment_Status": "Recruiting",
    "Inclusion_agemin": "18 Years",
    "Inclusion_agemax": "N/A",
    "Inclusion_gender": "All",
    "Date_enrollement": "April 25, 2098",
    "Target_size": "50",
    "Study_type": "Interventional",
    "Phase": "Phase 2/Phase 3",
    "Countries": "France;France;Japan",
    "Inclusion_Criteria": "\r<br>        Inclusion Criteria:\r<br>\r<br>        - a scar of at\r<br>        least 2 cm",
    "Condition": "Scar;Wound",
    "Intervention": "Drug: Exosomes;Other: Sham",
    "Primary_outcome": "Scar height; day 90;Pain",
    "Secondary_ID": "SYN-1;ISRCTN00000001",
}
"""A row of ICTRP's export."""


def trial(**fields: str) -> dict[str, str]:
    """A row with some fields changed."""
    return {**TRIAL, **fields}


def trial_xml(row: dict[str, str]) -> str:
    """The row as ICTRP's XML has it."""
    parts = (
        f"<{name}>{escape(text, {chr(13): '&#13;'})}\n    </{name}>" if text else f"<{name}/>"
        for name, text in row.items()
    )
    return f"<Trial>{''.join(parts)}</Trial>"


def ictrp_xml(*rows: dict[str, str] | str) -> bytes:
    """A file of ICTRP's XML."""
    texts = (row if isinstance(row, str) else trial_xml(row) for row in rows)
    start = "<?xml version='1.0' encoding='UTF-8' ?>\n<Trials_downloaded_from_ICTRP>\n"
    return (start + "\n".join(texts) + "\n</Trials_downloaded_from_ICTRP>\n").encode()


def full_trial(digits: str = "00000001", inside: str = "", people: str = "", around: str = "") -> str:
    """A fullTrial of ISRCTN's XML."""
    return f"""<fullTrial><trial lastUpdated="2098-03-04T10:11:12.123456789Z" version="2">
<isrctn dateAssigned="2097-02-03T00:00:00Z">{digits}</isrctn>
<trialDescription><title>Synthetic example</title><scientificTitle>Synthetic exosomes in scars</scientificTitle>
<primaryOutcome>1. Scar height &amp;gt; 2 mm\n2. Pain</primaryOutcome>{inside}</trialDescription>
<externalRefs><clinicalTrialsGovNumber>NCT99900001</clinicalTrialsGovNumber><eudraCTNumber>Nil known</eudraCTNumber>
<secondaryNumbers><secondaryNumber id="a" numberType="other">SYN-1</secondaryNumber></secondaryNumbers></externalRefs>
<trialDesign><primaryStudyDesign>Interventional</primaryStudyDesign>
<secondaryStudyDesign>Randomised controlled trial</secondaryStudyDesign></trialDesign>
<participants><lowerAgeLimit value="18.0" unit="Years"/><gender>Both</gender><targetEnrolment>1,200</targetEnrolment>
<recruitmentStart>2098-05-06T00:00:00.000Z</recruitmentStart>{people}</participants>
<conditions><condition><description>Scar</description></condition></conditions>
<interventions><intervention><interventionType>Drug</interventionType><phase>Phase I/II</phase>
<drugNames>Exosomes</drugNames></intervention></interventions></trial>{around}
<sponsor id="s"><organisation>Synthetic University</organisation><sponsorType>University/education</sponsorType></sponsor>
<funder id="f"><name>Synthetic Fund</name></funder></fullTrial>"""


def isrctn_xml(*trials: str) -> bytes:
    """A file of ISRCTN's XML."""
    space = 'xmlns="http://www.67bricks.com/isrctn"'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<allTrials totalCount="2" {space}>{"".join(trials)}</allTrials>'.encode()


def ctis_trial(number: str = "2099-599999-01-00", **top: Any) -> dict[str, Any]:
    """A trial of CTIS in today's shape."""
    details = {
        "clinicalTrialIdentifiers": {
            "publicTitle": "Synthetic example",
            "fullTitle": "Synthetic exosomes in scars",
            "shortTitle": "SYN-1",
            "secondaryIdentifyingNumbers": {
                "nctNumber": {"number": "NCT99900001"},
                "additionalRegistries": [{"number": "1; 2", "otherRegistryName": "IND"}],
            },
        },
        "trialInformation": {
            "medicalCondition": {"partIMedicalConditions": [{"medicalCondition": "Scar"}]},
            "endPoint": {
                "primaryEndPoints": [{"number": 2, "endPoint": "Pain"}, {"number": 1, "endPoint": "Height"}]
            },
            "eligibilityCriteria": {
                "principalInclusionCriteria": [
                    {"number": 1, "principalInclusionCriteria": "a scar &#62; 2 cm"}
                ]
            },
            "populationOfTrialSubjects": {
                "ageRanges": [{"ageRangeCategory": "3"}],
                "isFemaleSubjects": True,
                "isMaleSubjects": False,
            },
        },
        "associatedClinicalTrials": [{"ctNumber": "2099-599998-01-00"}],
    }
    part = {
        "rowSubjectCount": 20,
        "rowCountriesInfo": [{"name": "Japan"}],
        "trialDetails": details,
        "products": [
            {
                "productName": "Exosomes",
                "mpRoleInTrial": "1",
                "routes": ["TOPICAL USE"],
                "maxDailyDoseAmount": "10",
                "doseUom": "mg milligram(s)",
                "productDictionaryInfo": {"activeSubstanceName": "N/A"},
            }
        ],
        "sponsors": [
            {
                "primary": True,
                "commercial": "Commercial",
                "organisation": {"name": "Synthetic", "type": "Pharmaceutical company"},
            }
        ],
    }
    return {
        "ctNumber": number,
        "ctStatus": 4,
        "ctPublicStatusCode": 4,
        "startDateEU": "08/04/2098",
        "trialPhase": "Therapeutic exploratory (Phase II)",
        "lastUpdated": "09/05/2098",
        "authorizedApplication": {
            "authorizedPartI": part,
            "authorizedPartsII": [
                {"mscInfo": {"countryName": "France"}, "recruitmentSubjectCount": 30, "trialSites": []}
            ],
            "memberStatesConcerned": [{"firstDecisionDate": "2098-03-02T09:35:07.009"}],
        },
        **top,
    }


def ctis_json(*trials: dict[str, Any]) -> bytes:
    """A file of CTIS's JSON."""
    return json.dumps(trials[0] if len(trials) == 1 else list(trials)).encode()
