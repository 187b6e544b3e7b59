"""What the registry itself adds to a record: annotations, documents and derived terms (API v2)."""

from skinproof.model.fields import (
    BrowseLeafRelevance,
    Count,
    DateText,
    DateTimeText,
    DateType,
    Part,
    UnpostedEventType,
    ViolationEventType,
)


class DateStruct(Part, frozen=True, kw_only=True):
    """The day the registry posted something; ESTIMATED where it only knows about when."""

    date: DateText | None = None
    type: DateType | None = None


class UnpostedEvent(Part, frozen=True, kw_only=True):
    """Results sent in, taken back or returned, before any were posted."""

    type: UnpostedEventType | None = None
    date: DateText | None = None
    date_unknown: bool | None = None


class UnpostedAnnotation(Part, frozen=True, kw_only=True):
    """Results that were submitted but are not posted."""

    unposted_responsible_party: str | None = None
    unposted_events: tuple[UnpostedEvent, ...] = ()


class ViolationEvent(Part, frozen=True, kw_only=True):
    """A notice under FDAAA 801."""

    type: ViolationEventType | None = None
    description: str | None = None
    creation_date: DateText | None = None
    issued_date: DateText | None = None
    release_date: DateText | None = None
    posted_date: DateText | None = None


class ViolationAnnotation(Part, frozen=True, kw_only=True):
    """Notices under FDAAA 801."""

    violation_events: tuple[ViolationEvent, ...] = ()


class AnnotationModule(Part, frozen=True, kw_only=True):
    """Notes the registry adds: unposted results and violations."""

    unposted_annotation: UnpostedAnnotation | None = None
    violation_annotation: ViolationAnnotation | None = None


class AnnotationSection(Part, frozen=True, kw_only=True):
    """Notes the registry adds."""

    annotation_module: AnnotationModule | None = None


class LargeDoc(Part, frozen=True, kw_only=True):
    """One posted document; `upload_date` carries a time, `YYYY-MM-DDTHH:MM`."""

    type_abbrev: str | None = None
    has_protocol: bool | None = None
    has_sap: bool | None = None
    has_icf: bool | None = None
    label: str | None = None
    date: DateText | None = None
    upload_date: DateTimeText | None = None
    filename: str | None = None
    size: Count | None = None


class LargeDocumentModule(Part, frozen=True, kw_only=True):
    """Protocol, analysis plan and consent form files."""

    no_sap: bool | None = None
    large_docs: tuple[LargeDoc, ...] = ()


class DocumentSection(Part, frozen=True, kw_only=True):
    """Posted documents."""

    large_document_module: LargeDocumentModule | None = None


class FirstMcpInfo(Part, frozen=True, kw_only=True):
    """First result of the registry's quality check."""

    post_date_struct: DateStruct | None = None


class SubmissionInfo(Part, frozen=True, kw_only=True):
    """One round of results submission and review."""

    release_date: DateText | None = None
    unrelease_date: DateText | None = None
    unrelease_date_unknown: bool | None = None
    reset_date: DateText | None = None
    mcp_release_n: Count | None = None


class SubmissionTracking(Part, frozen=True, kw_only=True):
    """Results submissions not yet posted."""

    estimated_results_first_submit_date: DateText | None = None
    first_mcp_info: FirstMcpInfo | None = None
    submission_infos: tuple[SubmissionInfo, ...] = ()


class BmiLimits(Part, frozen=True, kw_only=True):
    """Body mass index limits the registry guessed from eligibility."""

    min_bmi: float | None = None
    max_bmi: float | None = None


class ModelPredictions(Part, frozen=True, kw_only=True):
    """Values the registry guessed from text."""

    bmi_limits: BmiLimits | None = None


class MiscInfoModule(Part, frozen=True, kw_only=True):
    """`version_holder` is the day of the download's data, not a change of the record."""

    version_holder: DateText | None = None
    removed_countries: tuple[str, ...] = ()
    submission_tracking: SubmissionTracking | None = None
    model_predictions: ModelPredictions | None = None


class Mesh(Part, frozen=True, kw_only=True):
    """A MeSH heading: `id` such as D055354."""

    id: str | None = None
    term: str | None = None


class BrowseLeaf(Part, frozen=True, kw_only=True):
    """A browse-tree entry matched by the registry; `as_found` is the text it matched."""

    id: str | None = None
    name: str | None = None
    as_found: str | None = None
    relevance: BrowseLeafRelevance | None = None


class BrowseBranch(Part, frozen=True, kw_only=True):
    """A top branch of the browse tree."""

    abbrev: str | None = None
    name: str | None = None


class BrowseModule(Part, frozen=True, kw_only=True):
    """MeSH headings the registry derived, with ancestors."""

    meshes: tuple[Mesh, ...] = ()
    ancestors: tuple[Mesh, ...] = ()
    browse_leaves: tuple[BrowseLeaf, ...] = ()
    browse_branches: tuple[BrowseBranch, ...] = ()


class DerivedSection(Part, frozen=True, kw_only=True):
    """What the registry derived from the record."""

    misc_info_module: MiscInfoModule | None = None
    condition_browse_module: BrowseModule | None = None
    intervention_browse_module: BrowseModule | None = None
