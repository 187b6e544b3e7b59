"""The sources that `skinproof sync` can ask: where each is, how fast it may be asked, and its feed."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple
from urllib.parse import urlsplit

from skinproof import settings
from skinproof.errors import UsageError
from skinproof.model.exchange import Feed, Fetch
from skinproof.sources import ctgov_api, europepmc_api, pubmed_api
from skinproof.transport.policy import Policy, base_address, user_agent


class Site(NamedTuple):
    """One source.

    setting: of its base address; base: the default of that; hosts: where its redirects may lead
    key: setting of a key, if the source gives keys; per_second_with_key: how fast it may then be asked
    feed_with: makes the feed of (base, key, contact), where `feed`, of the base alone, does not do
    """

    name: str
    title: str
    setting: str
    base: str
    hosts: frozenset[str]
    per_second: float
    feed: Callable[[str], Feed]
    key: str | None = None
    per_second_with_key: float | None = None
    feed_with: Callable[[str, str | None, str | None], Feed] | None = None


SITES: Mapping[str, Site] = {
    site.name: site
    for site in (
        Site(
            "ctgov",
            "ClinicalTrials.gov",
            "SKINPROOF_CTGOV_BASE_URL",
            ctgov_api.BASE,
            ctgov_api.HOSTS,
            ctgov_api.PER_SECOND,
            ctgov_api.CtgovFeed,
        ),
        Site(
            "pubmed",
            "PubMed",
            "SKINPROOF_PUBMED_BASE_URL",
            pubmed_api.BASE,
            pubmed_api.HOSTS,
            pubmed_api.PER_SECOND,
            pubmed_api.PubmedFeed,
            settings.NCBI_KEY,
            pubmed_api.PER_SECOND_WITH_KEY,
            lambda base, key, contact: pubmed_api.PubmedFeed(base, key=key, contact=contact),
        ),
        Site(
            "europepmc",
            "Europe PMC",
            "SKINPROOF_EUROPEPMC_BASE_URL",
            europepmc_api.BASE,
            europepmc_api.HOSTS,
            europepmc_api.PER_SECOND,
            europepmc_api.EuropePmcFeed,
        ),
    )
}
"""By name, in the order in which they are asked."""

OpenFetch = Callable[[Site], AbstractContextManager[Fetch]]
"""Opens what asks a site; a test hands in another one."""


def site(name: str) -> Site:
    """The site of that name. Raises: UsageError."""
    found = SITES.get(name)
    if found is None:
        raise UsageError(f"there is no source {name[:40]!r} to sync; known: {', '.join(SITES)}")
    return found


def base_of(site: Site, environment: Mapping[str, str]) -> str:
    """The base address of a site: as set, else its own. Raises: UsageError when what is set is no address."""
    given = environment.get(site.setting)
    return base_address(site.setting, given) if given else site.base


def key_of(site: Site, environment: Mapping[str, str]) -> str | None:
    """The key of a source, if one is set and may be sent: only over https, or to this machine."""
    key = environment.get(site.key) if site.key else None
    address = urlsplit(base_of(site, environment))
    is_safe = address.scheme == "https" or address.hostname in ("localhost", "127.0.0.1", "::1")
    return key if key and is_safe else None


def feed_of(site: Site, environment: Mapping[str, str]) -> Feed:
    """The feed of a site at its base address, with its key and the contact where it takes them. Raises: UsageError."""
    base = base_of(site, environment)
    if site.feed_with is None:
        return site.feed(base)
    return site.feed_with(base, key_of(site, environment), environment.get(settings.CONTACT))


def pace_of(site: Site, environment: Mapping[str, str]) -> float:
    """Requests a second that a site may be asked."""
    faster = site.per_second_with_key if key_of(site, environment) else None
    return faster or site.per_second


def polite(environment: Mapping[str, str], policy: Policy | None = None) -> OpenFetch:
    """Opens the polite client of a site. policy: instead of the default; hosts and pace stay the site's."""
    agent = user_agent(environment.get(settings.CONTACT))
    chosen = policy or Policy()

    def open_fetch(site: Site) -> AbstractContextManager[Fetch]:
        import msgspec

        from skinproof.transport.client import Client

        base = base_of(site, environment)
        # Whoever sets another base address means that one alone.
        hosts = site.hosts if base == site.base else frozenset[str]()
        own = msgspec.structs.replace(chosen, hosts=hosts, per_second=pace_of(site, environment))
        return Client(base, own, agent, environment=environment)

    return open_fetch
