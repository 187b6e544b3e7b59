"""What the names of agents tell of their source, and what words for tissues and fluids can mean: data only."""

MADE_FROM = {
    "agent:adipose_msc": "source:adipose",
    "agent:adipose_msc_ev": "source:adipose",
    "agent:svf": "source:adipose",
    "agent:fat_graft": "source:adipose",
    "agent:marrow_msc": "source:bone_marrow",
    "agent:marrow_msc_ev": "source:bone_marrow",
    "agent:marrow_cells": "source:bone_marrow",
    "agent:wharton_msc": "source:wharton_jelly",
    "agent:cord_blood_msc": "source:cord_blood",
    "agent:umbilical_msc": "source:umbilical_cord",
    "agent:umbilical_msc_ev": "source:umbilical_cord",
    "agent:placental_msc": "source:placenta",
    "agent:placental_ev": "source:placenta",
    "agent:placenta_extract": "source:placenta",
    "agent:menstrual_msc": "source:menstrual_blood",
    "agent:dental_msc": "source:dental_pulp",
    "agent:abcb5_msc": "source:skin_tissue",
    "agent:skin_msc": "source:skin_tissue",
    "agent:skin_substitute": "source:skin_tissue",
    "agent:ipsc_msc": "source:ipsc",
    "agent:ipsc_ev": "source:ipsc",
    "agent:pluripotent": "source:ipsc",
    "agent:synovial_msc": "source:synovial_fluid",
    "agent:dendritic_cell_ev": "source:dendritic_cell",
    "agent:tumour_ev": "source:tumour_cell",
    "agent:platelet_ev": "source:platelet",
    "agent:plant_ev": "source:plant",
    "agent:plant_stem_extract": "source:plant",
    "agent:milk_ev": "source:milk",
    "agent:cstc_exo": "source:immune_cell",
    "agent:exo_cd24": "source:cell_line",
    "agent:st266": "source:amnion",
    "agent:amnion": "source:amnion",
    "agent:fibroblast": "source:fibroblast",
    "agent:keratinocyte": "source:keratinocyte",
    "agent:melanocyte": "source:melanocyte",
    "agent:hair_cell": "source:dermal_papilla",
    "agent:blood_cells": "source:whole_blood",
    "agent:muscle_cell": "source:muscle",
    "agent:chondrocyte": "source:cartilage",
    "agent:epithelial_cell": "source:epithelium",
    "agent:neural_cell": "source:nerve_tissue",
    "agent:cardiac_cell": "source:heart_tissue",
    "agent:liver_cell": "source:liver_tissue",
    "agent:immune_cell": "source:immune_cell",
    "agent:platelet_lysate": "source:platelet",
    "agent:platelet_product": "source:plasma",
    "agent:pdrn": "source:salmon",
    "agent:growth_factor": "source:recombinant",
    "agent:collagen_peptide": "source:animal_tissue",
    "agent:peptide": "source:synthetic",
    "agent:gene_therapy": "source:recombinant",
    "agent:nucleic_acid": "source:synthetic",
}
"""Agent -> what its name says it is made from; a term that is not listed takes this from its nearest ancestor."""

LIST = 30
"""How far apart fluids of one list stand ("plasma, urine and saliva")."""

FLUIDS = {
    "plasma": "plasma", "whole_blood": "plasma", "platelet": "plasma", "endothelial_cell": "plasma",
    "immune_cell": "plasma", "urine": "urine", "saliva": "saliva",
    "cerebrospinal_fluid": "cerebrospinal_fluid", "airway_fluid": "airway_fluid", "other_fluid": "other_fluid",
    "endometrial_fluid": "endometrial_fluid", "milk": "milk", "amniotic_fluid": "amniotic_fluid",
    "synovial_fluid": "synovial_fluid", "cord_blood": "cord_blood", "tumour_cell": "tumour_cell",
    "lung_tissue": "lung_tissue", "placenta": "placenta", "menstrual_blood": "menstrual_blood",
}  # fmt: skip
"""Source of vesicles that are only measured -> the fluid that was sampled."""

NOT_CELLS = frozenset(
    [
        "plasma",
        "platelet",
        "urine",
        "saliva",
        "milk",
        "msc_cell",
        "macrophage",
        "endothelial_cell",
        "dendritic_cell",
        "tumour_cell",
        "plant",
        "salmon",
        "immune_cell",
        "recombinant",
        "synthetic",
        "animal_tissue",
        "antler",
        "cerebrospinal_fluid",
        "airway_fluid",
        "other_fluid",
        "endometrial_fluid",
        "keratinocyte",
        "melanocyte",
        "fibroblast",
        "bone",
        "cartilage",
        "whole_blood",
        "lung_tissue",
        "liver_tissue",
        "heart_tissue",
        "epithelium",
    ]
)
"""What mesenchymal cells are seldom made from: these words then stand for targets, media or measurements."""

NEVER = frozenset(["endothelial_cell", "recombinant", "synthetic", "bone", "cartilage", "whole_blood", "animal_tissue", "lung_tissue", "liver_tissue", "heart_tissue", "epithelium"])  # fmt: skip
"""What vesicles and media are not made from: here these words name a target, a carrier or a test."""

MADE = frozenset({"growth_factor", "peptide", "mirna", "mrna", "pdrn"})
"""Classes that are made by recombination or synthesis, or from fish; tissue words near them are targets."""

DONOR_OF = {
    "agent:exoflo": ("allogeneic", "NCT05130983"),
    "agent:agle_102": ("allogeneic", "NCT04173650"),
    "agent:darvadstrocel": ("allogeneic", "NCT01541579"),
    "agent:rexlemestrocel": ("allogeneic", "NCT02032004"),
    "agent:lomecel": ("allogeneic", "NCT02982915"),
    "agent:scm_agh": ("allogeneic", "NCT04179760"),
    "agent:stempeucel": ("allogeneic", "NCT01484574"),
    "agent:adstem": ("autologous", "NCT02888704"),
    "agent:jointstem": ("autologous", "NCT02674399"),
    "agent:nurown": ("autologous", "NCT01051882"),
}
"""Product by name -> how its donor is related to the patient, and a record that says so."""
