"""Whose sign-in it is: a center's or a region's, and its addresses here."""

from dataclasses import dataclass

from libs.peer.accounts.queries import SignedIn
from libs.peer.sso.queries import Home
from libs.tenancy.directory import AgencyRef, RegionRef
from services.api.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Place:
    """A center or region with a sign-in of its own.

    Attributes:
        path: of its page here.
        logout_path: where its provider tells that somebody left.
    """

    home: Home
    name: str
    path: str
    logout_path: str

    @property
    def back_path(self) -> str:
        """Where its provider sends people back to."""
        return f"{self.path}/back"


def of_agency(agency: AgencyRef) -> Place:
    """Return a center's."""
    home = Home(agency.region_id, agency.id)
    return Place(home, agency.name, f"/sign-in/center/{agency.slug}", f"/v1/sign-on/centers/{agency.slug}/logout")


def of_region(region: RegionRef) -> Place:
    """Return a region's."""
    path, logout_path = f"/sign-in/region/{region.slug}", f"/v1/sign-on/regions/{region.slug}/logout"
    return Place(Home(region.id), region.name, path, logout_path)


async def of_home(wired: Wiring, home: Home) -> Place:
    """Return whose a provider is."""
    tenants = await wired.planes.tenants()
    return of_agency(tenants.agencies[home.agency_id]) if home.agency_id else of_region(tenants.regions[home.region_id])


async def of_caller(wired: Wiring, me: SignedIn) -> Place:
    """Return whose sign-in somebody sets up: their center's, or as a program manager the region's."""
    return await of_home(wired, Home(me.region_id, me.agency_id))
