"""Wordings of routes met in real records: what is put in place at an operation, and whose route a word tells."""

import pytest

from skinproof.extraction import route
from tests.extraction.origin_given import origin_scene, values, verified


@pytest.mark.parametrize(
    ("given", "title", "agent_class", "value"),
    [
        (
            "infused into infarct-related blood vessels through an administration catheter",
            "UC-MSC for left ventricular dysfunction after infarction",
            "msc",
            "intracoronary",
        ),  # NCT03902067
        (
            "stem cell product applied according to the lesion",
            "MSC with microfracture for osteochondral lesion of talus",
            "msc",
            "intra_articular",
        ),  # NCT02338375
        (
            "mesenchymal stem cells associated with a collagen scaffold",
            "MSC in patients with knee articular cartilage injury",
            "msc",
            "intra_articular",
        ),  # NCT05120700
        ("A single knee administration of MSC", "MSC in knee osteoarthritis", "msc", "intra_articular"),  # NCT05182034
        (
            "Patients will receive the mesenchymal stem cells",
            "MSC bone matrix for hindfoot arthrodesis",
            "msc",
            "injection_local",
        ),  # NCT04138017
        ("platelet-rich plasma", "PRP for rotator cuff repair", "prp", "injection_local"),  # NCT03577379
        (
            "MSC injected with an endoscopic needle into the bladder neck close to the resection",
            "MSC for bladder neck contracture",
            "msc",
            "injection_local",
        ),  # NCT02869061
        ("MSC by intra-osseous infusion", "MSC and cord blood in leukemia", "msc", "intraosseous"),  # NCT00967525
        (
            "after the transplant mesenchymal stem cells will be infused",
            "Mesenchymal stem cell infusion in haploidentical transplantation",
            "msc",
            "intravenous",
        ),  # NCT03106662
        (
            "implantation of mesenchymal stem cells into the necrotic lesion",
            "Osteonecrosis of the femoral head",
            "msc",
            "injection_local",
        ),  # NCT01529008
        ("a fistula plug coated with mesenchymal stem cells", "Crohn's fistula", "msc", "implanted"),  # NCT03014219
        ("a PRP membrane is placed", "PRP for gingival recessions", "prp", "injection_local"),  # NCT02882464
        ("growth factor in embryo culture medium", "GM-CSF in implantation failure", "growth_factor", "ex_vivo"),  # NCT01718210
    ],
)  # fmt: skip
def test_what_is_put_in_place_is_read(given: str, title: str, agent_class: str, value: str) -> None:
    view = origin_scene(given, agent_class, title=title)
    found = route.read(view)
    assert found.state == "reported" and values(found)[0] == value and verified(view, found)


@pytest.mark.parametrize(
    ("said", "title"),
    [
        (
            "Mesenchymal stem cells. The clot is placed on the surface tray.",
            "Nerve regeneration",
        ),  # NCT03159338
        (
            "Mesenchymal stem cells. They will obtain 2.3cc of BMA with 60cc syringes.",
            "Osteoarthritis",
        ),  # NCT03014037
        (
            "Studies of mesenchymal stem cells show intratumoral infiltration with TIL.",
            "Tumours",
        ),  # NCT03296137
        ("Mesenchymal stem cells. Patients receive epirubicin IV on day 1.", "Breast cancer"),  # NCT00014222
    ],
)
def test_trays_syringes_findings_and_other_drugs_tell_no_route(said: str, title: str) -> None:
    assert values(route.read(origin_scene("Mesenchymal stem cells", description=said, title=title))) == []


def test_a_drug_given_after_the_cells_lends_them_no_route() -> None:
    """NCT00006244: cells are infused on day 0, interferon under the skin follows."""
    view = origin_scene(
        "",
        description="An infusion of mesenchymal stem cells is given on day 0. "
        "Maintenance comprises interferon alfa subcutaneously.",
        title="Myeloma",
    )
    assert values(route.read(view)) == ["intravenous"]


def test_a_long_text_is_read_to_its_end() -> None:
    said = "implantation of cells into the necrotic mesenchymal stem cells obtained with syringes into the "
    assert route.read(origin_scene("Mesenchymal stem cells", description=said * 10_000)).property == "route"


@pytest.mark.parametrize(
    ("said", "title", "agent_class", "value"),
    [
        ("The effects of MSC infusion on brain structure are seen.", "Brain injury", "msc", "intravenous"),  # NCT04063215
        ("PRP", "PRP in prevention of jaw necrosis after tooth extraction", "prp", "injection_local"),  # NCT02198001
        (
            "MSC are transplanted in the cervical spinal cord",
            "Spinal Cord Injury",
            "msc",
            "injection_local",
        ),  # NCT02478450
    ],
)  # fmt: skip
def test_what_is_acted_on_and_what_is_filled(said: str, title: str, agent_class: str, value: str) -> None:
    view = origin_scene(said, agent_class, title=title)
    assert values(route.read(view)) == [value]


def test_what_is_joined_to_a_drug_shares_its_route() -> None:
    """NCT03477630 injects plasma and hyaluronic acid alike."""
    view = origin_scene(
        "",
        "prp",
        description="Platelet rich plasma and hyaluronic acid are treatments injected into the knees.",
    )
    assert values(route.read(view)) == ["intra_articular"]


def test_an_injured_cord_is_a_disease_and_no_place() -> None:
    """NCT02152657: "transplantation in chronic spinal cord injury" does not say where the cells go."""
    view = origin_scene("", title="Mesenchymal Stem Cell Transplantation in Chronic Spinal Cord Injury")
    assert values(route.read(view)) == []


def test_the_route_of_a_vaccine_of_cells_is_not_guessed() -> None:
    """NCT02772094 speaks of T lymphocytes, which other trials infuse."""
    view = origin_scene(
        "cytotoxic T lymphocyte", "other_cell", title="Dendritic cell vaccine", agents=("agent:immune_cell",)
    )
    assert route.read(view).state == "not_reported"
