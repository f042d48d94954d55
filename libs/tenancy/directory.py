"""The directory: which tenants exist, cached, since every request asks and they change once a month."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Protocol, TypeVar
from uuid import UUID

from sqlalchemy import select, text

from libs.tenancy.errors import DatabaseAwayError, UnknownTenantError
from libs.tenancy.models import Agency, Region
from libs.tenancy.planes import PlaneSession

_FRESH_S = 5.0
_DUE_S = _FRESH_S / 2
"""From here on somebody looks again while the others go on with what is known: an ask does not wait for it."""

T = TypeVar("T")
OpenAny = Callable[[], AbstractAsyncContextManager[PlaneSession]]


@dataclass(frozen=True, slots=True)
class RegionRef:
    """Where a region lives; `sandbox_of`: it is where integrators of that region try things, and no program at all."""

    id: UUID
    slug: str
    name: str
    time_zone: str
    line_phone: str | None
    schema_name: str
    schema_version: str
    care_role: str
    dispatch_role: str
    program_role: str
    sandbox_of: UUID | None


@dataclass(frozen=True, slots=True)
class AgencyRef:
    """Where an agency lives."""

    id: UUID
    region_id: UUID
    slug: str
    name: str
    status: str
    discipline: str
    state: str
    county: str
    city: str
    fcc_id: int | None
    schema_name: str
    schema_version: str
    care_role: str
    desk_role: str

    @property
    def is_active(self) -> bool:
        """Whether its own page takes requests; one that is suspended, or on its way, points to its region's."""
        return self.status == "active"


class CareHome(Protocol):
    """Whose care schema holds a request: an agency's, or the region's own where the agency is no tenant."""

    @property
    def id(self) -> UUID:
        """Region's or agency's id."""

    @property
    def schema_name(self) -> str:
        """The schema with the care tables."""

    @property
    def care_role(self) -> str:
        """The one role that may read them."""

    @property
    def schema_version(self) -> str:
        """The revision of the tenants' tree that the schema is at."""


@dataclass(frozen=True, slots=True)
class Tenants:
    """All regions and agencies at one moment.

    A sandbox and its agencies have no name here: what people list, choose or type cannot be one. Whoever has the id of
    one that calls finds it in `sandboxes`, and what belongs to it by `agencies_of`.

    Source: docs/decisions/0043-sandboxes.md
    """

    regions: dict[UUID, RegionRef]
    agencies: dict[UUID, AgencyRef]
    regions_by_slug: dict[str, RegionRef]
    agencies_by_slug: dict[str, AgencyRef]
    agencies_by_region: Mapping[UUID, Sequence[AgencyRef]]
    sandboxes: dict[UUID, RegionRef]

    @property
    def everywhere(self) -> Sequence[RegionRef]:
        """Return the regions and their sandboxes: where there are jobs to look after."""
        return (*self.regions.values(), *self.sandboxes.values())

    def sandbox_of(self, region: RegionRef) -> RegionRef | None:
        """Return where a region's integrators try things; None where none was made."""
        return next((one for one in self.sandboxes.values() if one.sandbox_of == region.id), None)

    def region(self, slug: str) -> RegionRef:
        """Return the region called `slug`.

        Raises:
            UnknownTenantError: there is none.
        """
        return _found(self.regions_by_slug.get(slug))

    def agency(self, slug: str) -> AgencyRef:
        """Return the agency called `slug`.

        Raises:
            UnknownTenantError: there is none.
        """
        return _found(self.agencies_by_slug.get(slug))

    def home(self, home_id: UUID) -> CareHome:
        """Return the agency or region whose care schema goes by `home_id`.

        Raises:
            UnknownTenantError: there is none.
        """
        home: CareHome | None = self.agencies.get(home_id) or self.regions.get(home_id)
        return _found(home)

    def region_of(self, home: CareHome) -> RegionRef:
        """Return the region that `home` belongs to, or is."""
        return self.regions[home.region_id] if isinstance(home, AgencyRef) else self.regions[home.id]

    def agencies_of(self, region: RegionRef) -> Sequence[AgencyRef]:
        """Return the region's agencies by name, whatever their standing: who is suspended must be left out too."""
        return self.agencies_by_region.get(region.id, ())


def _found(tenant: T | None) -> T:
    if tenant is None:
        raise UnknownTenantError("no region or agency goes by this name")
    return tenant


_REGIONS = select(*(getattr(Region, name) for name in RegionRef.__slots__))
_AGENCIES = select(*(getattr(Agency, name) for name in AgencyRef.__slots__))


# Over whole rows: any change of any column shows, without a trigger or a counter that onboardings would queue for.
_DIGEST = text(
    """
    SELECT (SELECT sum(hashtextextended(r::text, 0)) FROM shared.region r),
           (SELECT sum(hashtextextended(a::text, 0)) FROM shared.agency a)
    """
)


class Directory:
    """Reads the tenants at most every few seconds; holds no connection of its own.

    6,300 agencies take 50 ms of our CPU to read, and change once a month: what is read again and again is a digest.
    """

    def __init__(self) -> None:
        self._tenants: Tenants | None = None
        self._digest: tuple[object, ...] = ()
        self._read_at = 0.0
        self._forgotten = 0
        self._ahead: asyncio.Task[None] | None = None
        self._one_at_a_time = asyncio.Lock()

    async def tenants(self, open_any: OpenAny) -> Tenants:
        """Return what is known; where that is old, look whether anything has changed, and read all tenants if so.

        Args:
            open_any: opens a transaction in any plane, all of which may read the directory.

        Raises:
            DatabaseAwayError: it is old, and the database cannot be asked.
        """
        age_s = self._age_s
        if self._tenants is None or age_s >= _FRESH_S:
            return await self._look(open_any, older_than_s=_FRESH_S)
        if age_s >= _DUE_S and (self._ahead is None or self._ahead.done()):
            self._ahead = asyncio.create_task(self._look_ahead(open_any))
        return self._tenants

    @property
    def _age_s(self) -> float:
        return time.monotonic() - self._read_at

    async def _look_ahead(self, open_any: OpenAny) -> None:
        with suppress(DatabaseAwayError):  # whoever must not go on with what is known is told
            await self._look(open_any, older_than_s=_DUE_S)

    async def _look(self, open_any: OpenAny, *, older_than_s: float) -> Tenants:
        async with self._one_at_a_time:
            if self._tenants is not None and self._age_s < older_than_s:
                return self._tenants
            forgotten = self._forgotten
            async with open_any() as session:
                digest = tuple((await session.execute(_DIGEST)).one())
                if self._tenants is None or digest != self._digest:
                    self._tenants = await _read(session)
            self._digest = digest
            if forgotten == self._forgotten:
                self._read_at = time.monotonic()
            return self._tenants

    def forget(self) -> None:
        """Look again on the next question: somebody has just onboarded."""
        self._read_at = 0.0
        self._forgotten += 1


async def _read(session: PlaneSession) -> Tenants:
    everywhere = [RegionRef(*row) for row in await session.execute(_REGIONS)]
    every_agency = [AgencyRef(*row) for row in await session.execute(_AGENCIES)]
    by_region = defaultdict[UUID, list[AgencyRef]](list)
    for agency in sorted(every_agency, key=lambda found: found.name):
        by_region[agency.region_id].append(agency)
    regions = {region.id: region for region in everywhere if region.sandbox_of is None}
    agencies = {agency.id: agency for agency in every_agency if agency.region_id in regions}
    return Tenants(
        regions=regions,
        agencies=agencies,
        regions_by_slug={region.slug: region for region in regions.values()},
        agencies_by_slug={agency.slug: agency for agency in agencies.values()},
        agencies_by_region=by_region,
        sandboxes={region.id: region for region in everywhere if region.sandbox_of is not None},
    )
