"""The sources that `skinproof sync` can ask: where each is, how fast it may be asked, and its feed."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import NamedTuple

from skinproof import settings
from skinproof.errors import UsageError
from skinproof.model.exchange import Feed, Fetch
from skinproof.sources import ctgov_api
from skinproof.transport.policy import Policy, base_address, user_agent


class Site(NamedTuple):
    """One source. setting: of its base address; base: the default of that; hosts: where its redirects may lead."""

    name: str
    title: str
    setting: str
    base: str
    hosts: frozenset[str]
    per_second: float
    feed: Callable[[str], Feed]


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
        own = msgspec.structs.replace(chosen, hosts=hosts, per_second=site.per_second)
        return Client(base, own, agent, environment=environment)

    return open_fetch
