"""A ClinicalTrials.gov record (API v2): the protocol section and the record as a whole.

The attribute tree is the registry's own, in snake case: `record.protocol_section.design_module.phases`.
"""

from msgspec import field

from skinproof.model.fields import (
    AgencyClass,
    ArmGroupType,
    BioSpecRetention,
    ContactRole,
    Count,
    DateText,
    DateType,
    DesignAllocation,
    DesignMasking,
    DesignTimePerspective,
    EnrollmentType,
    ExpandedAccessStatus,
    InterventionalAssignment,
    InterventionType,
    IpdSharing,
    IpdSharingInfoType,
    Latitude,
    Longitude,
    NctId,
    ObservationalModel,
    OfficialRole,
    OrgStudyIdType,
    OverallStatus,
    Part,
    Phase,
    PrimaryPurpose,
    RecruitmentStatus,
    ReferenceType,
    ResponsiblePartyType,
    SamplingMethod,
    SecondaryIdType,
    Sex,
    StandardAge,
    StudyType,
    WhoMasked,
)
from skinproof.model.results import ResultsSection
from skinproof.model.sections import AnnotationSection, DateStruct, DerivedSection, DocumentSection


class OrgStudyIdInfo(Part, frozen=True, kw_only=True):
    """The sponsor's own id of the study."""

    id: str | None = None
    type: OrgStudyIdType | None = None
    link: str | None = None


class SecondaryIdInfo(Part, frozen=True, kw_only=True):
    """Another id of the study: a grant, another registry, EudraCT; `domain` names who gave it."""

    id: str | None = None
    type: SecondaryIdType | None = None
    domain: str | None = None
    link: str | None = None


class Organization(Part, frozen=True, kw_only=True):
    """The organisation that keeps the record."""

    full_name: str | None = None
    class_: AgencyClass | None = field(default=None, name="class")


class IdentificationModule(Part, frozen=True, kw_only=True):
    """Ids and titles. `nct_id_aliases` are withdrawn ids that now lead to this record."""

    nct_id: str | None = None
    nct_id_aliases: tuple[NctId, ...] = ()
    org_study_id_info: OrgStudyIdInfo | None = None
    secondary_id_infos: tuple[SecondaryIdInfo, ...] = ()
    brief_title: str | None = None
    official_title: str | None = None
    acronym: str | None = None
    organization: Organization | None = None


class ExpandedAccessInfo(Part, frozen=True, kw_only=True):
    """Whether the product is given outside the trial, and under which record."""

    has_expanded_access: bool | None = None
    nct_id: NctId | None = None
    status_for_nct_id: ExpandedAccessStatus | None = None


class PartialDateStruct(Part, frozen=True, kw_only=True):
    """A day, month or year with whether it has happened (ACTUAL) or is planned (ESTIMATED)."""

    date: DateText | None = None
    type: DateType | None = None


class StatusModule(Part, frozen=True, kw_only=True):
    """Where the study stands and when; `results_waived`, `disp_*`: results delayed by certificate."""

    status_verified_date: DateText | None = None
    overall_status: OverallStatus | None = None
    last_known_status: OverallStatus | None = None
    delayed_posting: bool | None = None
    why_stopped: str | None = None
    expanded_access_info: ExpandedAccessInfo | None = None
    start_date_struct: PartialDateStruct | None = None
    primary_completion_date_struct: PartialDateStruct | None = None
    completion_date_struct: PartialDateStruct | None = None
    study_first_submit_date: DateText | None = None
    study_first_submit_qc_date: DateText | None = None
    study_first_post_date_struct: DateStruct | None = None
    results_waived: bool | None = None
    results_first_submit_date: DateText | None = None
    results_first_submit_qc_date: DateText | None = None
    results_first_post_date_struct: DateStruct | None = None
    disp_first_submit_date: DateText | None = None
    disp_first_submit_qc_date: DateText | None = None
    disp_first_post_date_struct: DateStruct | None = None
    last_update_submit_date: DateText | None = None
    last_update_post_date_struct: DateStruct | None = None


class ResponsibleParty(Part, frozen=True, kw_only=True):
    """Who answers for the record. `old_*`: as given before 2011."""

    type: ResponsiblePartyType | None = None
    investigator_full_name: str | None = None
    investigator_title: str | None = None
    investigator_affiliation: str | None = None
    old_name_title: str | None = None
    old_organization: str | None = None


class Sponsor(Part, frozen=True, kw_only=True):
    """Lead sponsor or collaborator, with the registry's class of organisation."""

    name: str | None = None
    class_: AgencyClass | None = field(default=None, name="class")


class SponsorCollaboratorsModule(Part, frozen=True, kw_only=True):
    """Who runs and pays for the study."""

    responsible_party: ResponsibleParty | None = None
    lead_sponsor: Sponsor | None = None
    collaborators: tuple[Sponsor, ...] = ()


class OversightModule(Part, frozen=True, kw_only=True):
    """Data monitoring committee, FDA-regulated drug or device, export from the US."""

    oversight_has_dmc: bool | None = None
    is_fda_regulated_drug: bool | None = None
    is_fda_regulated_device: bool | None = None
    is_unapproved_device: bool | None = None
    is_ppsd: bool | None = None
    is_us_export: bool | None = None
    fdaaa801_violation: bool | None = None


class DescriptionModule(Part, frozen=True, kw_only=True):
    """Brief summary and detailed description (light markdown)."""

    brief_summary: str | None = None
    detailed_description: str | None = None


class ConditionsModule(Part, frozen=True, kw_only=True):
    """Conditions and keywords as the registrant wrote them."""

    conditions: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class ExpandedAccessTypes(Part, frozen=True, kw_only=True):
    """Individual, intermediate-size or treatment protocol."""

    individual: bool | None = None
    intermediate: bool | None = None
    treatment: bool | None = None


class MaskingInfo(Part, frozen=True, kw_only=True):
    """How many and who do not know the arm."""

    masking: DesignMasking | None = None
    masking_description: str | None = None
    who_masked: tuple[WhoMasked, ...] = ()


class DesignInfo(Part, frozen=True, kw_only=True):
    """Allocation, model, masking and purpose; `observational_model`, `time_perspective` for observational."""

    allocation: DesignAllocation | None = None
    intervention_model: InterventionalAssignment | None = None
    intervention_model_description: str | None = None
    primary_purpose: PrimaryPurpose | None = None
    observational_model: ObservationalModel | None = None
    time_perspective: DesignTimePerspective | None = None
    masking_info: MaskingInfo | None = None


class BioSpec(Part, frozen=True, kw_only=True):
    """Which samples are kept."""

    retention: BioSpecRetention | None = None
    description: str | None = None


class EnrollmentInfo(Part, frozen=True, kw_only=True):
    """Participants: reached (ACTUAL) or planned (ESTIMATED)."""

    count: Count | None = None
    type: EnrollmentType | None = None


class DesignModule(Part, frozen=True, kw_only=True):
    """Study type, phases and design."""

    study_type: StudyType | None = None
    n_ptrs_to_this_exp_acc_nct_id: Count | None = None
    expanded_access_types: ExpandedAccessTypes | None = None
    patient_registry: bool | None = None
    target_duration: str | None = None
    phases: tuple[Phase, ...] = ()
    design_info: DesignInfo | None = None
    bio_spec: BioSpec | None = None
    enrollment_info: EnrollmentInfo | None = None


class ArmGroup(Part, frozen=True, kw_only=True):
    """One arm or group; `intervention_names` read `Type: name` and link to the interventions."""

    label: str | None = None
    type: ArmGroupType | None = None
    description: str | None = None
    intervention_names: tuple[str, ...] = ()


class Intervention(Part, frozen=True, kw_only=True):
    """What is given or done; `arm_group_labels` link to the arms."""

    type: InterventionType | None = None
    name: str | None = None
    description: str | None = None
    arm_group_labels: tuple[str, ...] = ()
    other_names: tuple[str, ...] = ()


class ArmsInterventionsModule(Part, frozen=True, kw_only=True):
    """Arms and interventions with their links."""

    arm_groups: tuple[ArmGroup, ...] = ()
    interventions: tuple[Intervention, ...] = ()


class Outcome(Part, frozen=True, kw_only=True):
    """One registered outcome (not its result)."""

    measure: str | None = None
    description: str | None = None
    time_frame: str | None = None


class OutcomesModule(Part, frozen=True, kw_only=True):
    """Primary, secondary and other outcomes as registered."""

    primary_outcomes: tuple[Outcome, ...] = ()
    secondary_outcomes: tuple[Outcome, ...] = ()
    other_outcomes: tuple[Outcome, ...] = ()


class EligibilityModule(Part, frozen=True, kw_only=True):
    """Who may take part; ages are texts such as `18 Years`."""

    eligibility_criteria: str | None = None
    healthy_volunteers: bool | None = None
    sex: Sex | None = None
    gender_based: bool | None = None
    gender_description: str | None = None
    minimum_age: str | None = None
    maximum_age: str | None = None
    std_ages: tuple[StandardAge, ...] = ()
    study_population: str | None = None
    sampling_method: SamplingMethod | None = None


class Contact(Part, frozen=True, kw_only=True):
    """A contact person. Never copied into views or exports."""

    name: str | None = None
    role: ContactRole | None = None
    phone: str | None = None
    phone_ext: str | None = None
    email: str | None = None


class Official(Part, frozen=True, kw_only=True):
    """Who leads the study."""

    name: str | None = None
    affiliation: str | None = None
    role: OfficialRole | None = None


class GeoPoint(Part, frozen=True, kw_only=True):
    """Degrees; north and east are positive."""

    lat: Latitude | None = None
    lon: Longitude | None = None


class Location(Part, frozen=True, kw_only=True):
    """One site. `status` is the site's own recruitment status."""

    facility: str | None = None
    status: RecruitmentStatus | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: str | None = None
    contacts: tuple[Contact, ...] = ()
    country_code: str | None = None
    geo_point: GeoPoint | None = None


class ContactsLocationsModule(Part, frozen=True, kw_only=True):
    """People and sites."""

    central_contacts: tuple[Contact, ...] = ()
    overall_officials: tuple[Official, ...] = ()
    locations: tuple[Location, ...] = ()


class Retraction(Part, frozen=True, kw_only=True):
    """A retraction of a cited paper."""

    pmid: str | None = None
    source: str | None = None


class Reference(Part, frozen=True, kw_only=True):
    """A cited paper. DERIVED: found by the registry, naming this NCT id."""

    pmid: str | None = None
    type: ReferenceType | None = None
    citation: str | None = None
    retractions: tuple[Retraction, ...] = ()


class SeeAlsoLink(Part, frozen=True, kw_only=True):
    """A web page the registrant points to."""

    label: str | None = None
    url: str | None = None


class AvailIpd(Part, frozen=True, kw_only=True):
    """Individual participant data or documents that can be had."""

    id: str | None = None
    type: str | None = None
    url: str | None = None
    comment: str | None = None


class ReferencesModule(Part, frozen=True, kw_only=True):
    """Papers, links and available data."""

    references: tuple[Reference, ...] = ()
    see_also_links: tuple[SeeAlsoLink, ...] = ()
    avail_ipds: tuple[AvailIpd, ...] = ()


class IpdSharingStatementModule(Part, frozen=True, kw_only=True):
    """Plan to share individual participant data."""

    ipd_sharing: IpdSharing | None = None
    description: str | None = None
    info_types: tuple[IpdSharingInfoType, ...] = ()
    time_frame: str | None = None
    access_criteria: str | None = None
    url: str | None = None


class ProtocolSection(Part, frozen=True, kw_only=True):
    """What was registered. Modules that a record lacks are empty, never None."""

    identification_module: IdentificationModule = IdentificationModule()
    status_module: StatusModule = StatusModule()
    sponsor_collaborators_module: SponsorCollaboratorsModule = SponsorCollaboratorsModule()
    oversight_module: OversightModule = OversightModule()
    description_module: DescriptionModule = DescriptionModule()
    conditions_module: ConditionsModule = ConditionsModule()
    design_module: DesignModule = DesignModule()
    arms_interventions_module: ArmsInterventionsModule = ArmsInterventionsModule()
    outcomes_module: OutcomesModule = OutcomesModule()
    eligibility_module: EligibilityModule = EligibilityModule()
    contacts_locations_module: ContactsLocationsModule = ContactsLocationsModule()
    references_module: ReferencesModule = ReferencesModule()
    ipd_sharing_statement_module: IpdSharingStatementModule = IpdSharingStatementModule()


class StudyRecord(Part, frozen=True, kw_only=True):
    """One ClinicalTrials.gov record (API v2). `None` and `()` mean: this version does not say.

    Sections that a record lacks are None; modules of the protocol section are never None.
    Dates are texts with the precision given (`model.dates.PartialDate` reads them).
    """

    protocol_section: ProtocolSection = ProtocolSection()
    results_section: ResultsSection | None = None
    annotation_section: AnnotationSection | None = None
    document_section: DocumentSection | None = None
    derived_section: DerivedSection | None = None
    has_results: bool | None = None

    @property
    def nct_id(self) -> str:
        """The record's id; never empty once `read_ctgov` has let the record through."""
        return self.protocol_section.identification_module.nct_id or ""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Withdrawn ids that lead to this record."""
        return self.protocol_section.identification_module.nct_id_aliases

    @property
    def brief_title(self) -> str | None:
        return self.protocol_section.identification_module.brief_title

    @property
    def official_title(self) -> str | None:
        return self.protocol_section.identification_module.official_title

    @property
    def acronym(self) -> str | None:
        return self.protocol_section.identification_module.acronym

    @property
    def brief_summary(self) -> str | None:
        return self.protocol_section.description_module.brief_summary

    @property
    def detailed_description(self) -> str | None:
        return self.protocol_section.description_module.detailed_description

    @property
    def conditions(self) -> tuple[str, ...]:
        return self.protocol_section.conditions_module.conditions

    @property
    def keywords(self) -> tuple[str, ...]:
        return self.protocol_section.conditions_module.keywords

    @property
    def arm_groups(self) -> tuple[ArmGroup, ...]:
        return self.protocol_section.arms_interventions_module.arm_groups

    @property
    def interventions(self) -> tuple[Intervention, ...]:
        return self.protocol_section.arms_interventions_module.interventions

    @property
    def design_info(self) -> DesignInfo:
        """Allocation, model, masking, purpose; empty where the record says nothing of them."""
        return self.protocol_section.design_module.design_info or DesignInfo()

    @property
    def phases(self) -> tuple[Phase, ...]:
        return self.protocol_section.design_module.phases

    @property
    def study_type(self) -> StudyType | None:
        return self.protocol_section.design_module.study_type

    @property
    def overall_status(self) -> OverallStatus | None:
        return self.protocol_section.status_module.overall_status

    @property
    def enrollment_count(self) -> int | None:
        info = self.protocol_section.design_module.enrollment_info
        return info.count if info else None

    @property
    def enrollment_type(self) -> EnrollmentType | None:
        info = self.protocol_section.design_module.enrollment_info
        return info.type if info else None

    @property
    def start_date(self) -> str | None:
        struct = self.protocol_section.status_module.start_date_struct
        return struct.date if struct else None

    @property
    def primary_completion_date(self) -> str | None:
        struct = self.protocol_section.status_module.primary_completion_date_struct
        return struct.date if struct else None

    @property
    def completion_date(self) -> str | None:
        struct = self.protocol_section.status_module.completion_date_struct
        return struct.date if struct else None

    @property
    def first_posted(self) -> str | None:
        """Day the record was first posted."""
        struct = self.protocol_section.status_module.study_first_post_date_struct
        return struct.date if struct else None

    @property
    def last_update_posted(self) -> str | None:
        """Day this version was posted: the registry date of the version."""
        struct = self.protocol_section.status_module.last_update_post_date_struct
        return struct.date if struct else None

    @property
    def version_holder(self) -> str | None:
        """Day of the data the record was downloaded from."""
        misc = self.derived_section.misc_info_module if self.derived_section else None
        return misc.version_holder if misc else None

    @property
    def countries(self) -> tuple[str, ...]:
        """Countries of the sites, each once, sorted; removed countries are not among them."""
        locations = self.protocol_section.contacts_locations_module.locations
        return tuple(sorted({place.country for place in locations if place.country}))
