"""The last step of a build: what belongs together, drawn from the ids that the records in force name."""

import hashlib
from collections.abc import Mapping
from itertools import groupby
from pathlib import Path

from skinproof.model.paper import in_force
from skinproof.store.editions import Partition
from skinproof.store.link_rows import LinkRows, write_links
from skinproof.studies.links import link


def link_edition(folder: Path, partitions: Mapping[str, Partition]) -> Partition:
    """Write the links and the papers in force of an edition whose other partitions are all made.

    Only ids are read again, no record: it costs the same whether one version is new or all are.
    """
    with LinkRows(folder, partitions) as rows:
        reports = []
        for record_id, versions in groupby(rows.paper_versions(), key=lambda pair: pair[0]):
            some = [version for _, version in versions]
            found = some[in_force(some)]
            reports.append((record_id, found.source, found.sha256))
        studies, papers = rows.studies(), rows.papers(reports)
        links = link(studies, rows.study_ids(), papers, rows.paper_ids())
    drawn_from = "".join(partitions[name].key for name in sorted(partitions))
    return write_links(folder, hashlib.sha256(drawn_from.encode()).hexdigest(), links, reports)
