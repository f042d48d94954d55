"""What a PSAP admin's page shows: the agency's own data, and in words what it will never see."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DeskPage:
    """One agency's desk.

    Attributes:
        ask_url: the address for the poster in the break room.
        settings: (name, value) pairs of the agency.
    """

    agency_name: str
    region_name: str
    county: str
    state: str
    fcc_id: int | None
    ask_url: str
    settings: tuple[tuple[str, str], ...]
