"""Every setting that comes from outside the command line, in one table."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple


class Setting(NamedTuple):
    """One setting. env: environment variable; option: the option that wins over it, if any; secret: never shown."""

    env: str
    option: str | None
    default: str
    meaning: str
    secret: bool = False


SETTINGS = (
    Setting(
        "SKINPROOF_DATA_DIR", "--data", "the platform's folder for user data",
        "folder that holds raw versions, editions and the search index",
    ),
    Setting(
        "XDG_DATA_HOME", None, "~/.local/share",
        "where the folder `skinproof` is kept when no data folder is named (not on macOS and Windows)",
    ),
    Setting(
        "SKINPROOF_MODEL_KEY", None, "not set",
        "key of the address that `skinproof propose` asks; sent only to this machine or over https",
        secret=True,
    ),
    Setting(
        "SKINPROOF_STORE_URL", None, "the file in the data folder",
        "PostgreSQL server of a team's raw versions and judgements: postgresql://name:password@host/database",
        secret=True,
    ),
    Setting(
        "SKINPROOF_WEBHOOK_URL", "--webhook", "not set",
        "address of yours that `skinproof watch run` sends news to: https, or http on this machine",
        secret=True,
    ),
    Setting(
        "SKINPROOF_CONTACT", None, "not set",
        "e-mail address or page of whoever runs `skinproof sync`; sent to each source with every request",
    ),
    Setting(
        "SKINPROOF_CTGOV_BASE_URL", None, "https://clinicaltrials.gov/api/v2",
        "where `skinproof sync ctgov` asks: a mirror, or a server for tests",
    ),
    Setting(
        "SKINPROOF_PUBMED_BASE_URL", None, "https://eutils.ncbi.nlm.nih.gov/entrez/eutils",
        "where `skinproof sync pubmed` asks",
    ),
    Setting(
        "SKINPROOF_EUROPEPMC_BASE_URL", None, "https://www.ebi.ac.uk/europepmc/webservices/rest",
        "where `skinproof sync europepmc` asks",
    ),
    Setting(
        "SKINPROOF_NCBI_KEY", None, "not set",
        "key of an NCBI account: PubMed may then be asked 10 times a second instead of 3; sent only over https",
        secret=True,
    ),
    Setting(
        "HTTPS_PROXY", None, "not set",
        "proxy that `skinproof sync` goes through (HTTP_PROXY, ALL_PROXY and NO_PROXY count too)",
        secret=True,
    ),
    Setting(
        "SKINPROOF_LOGINS", "--file", "not set",
        "file of logins made by `skinproof login add`; with it people may judge answers in the browser",
    ),
    Setting(
        "SKINPROOF_WRITE_TOKEN", None, "not set",
        "32 letters or more; who sends it to `skinproof serve` may judge answers over the API",
        secret=True,
    ),
    Setting("NO_COLOR", None, "not set", "if set to anything, nothing is printed in bold"),
    Setting("COLUMNS", None, "width of the terminal, else 100", "width of printed tables"),
)  # fmt: skip

CONTACT = "SKINPROOF_CONTACT"
LOGINS = "SKINPROOF_LOGINS"
WRITE_TOKEN = "SKINPROOF_WRITE_TOKEN"  # noqa: S105  (the name of the variable)
NCBI_KEY = "SKINPROOF_NCBI_KEY"
STORE_URL = "SKINPROOF_STORE_URL"


def data_dir(option: str | None, environment: Mapping[str, str], home: Path, platform: str) -> Path:
    """The data folder: the option, else SKINPROOF_DATA_DIR, else the platform's folder for user data.

    platform: as `sys.platform` says. Nothing is made or looked at.
    """
    named = option or environment.get("SKINPROOF_DATA_DIR")
    if named:
        return Path(named).expanduser()
    if platform == "darwin":
        return home / "Library" / "Application Support" / "skinproof"
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or home / "AppData" / "Local") / "skinproof"
    xdg = environment.get("XDG_DATA_HOME", "")
    base = Path(xdg) if xdg and Path(xdg).is_absolute() else home / ".local" / "share"
    return base / "skinproof"
