"""What follows at the door from what a center's directory says."""

from uuid import UUID

from libs.jobs.declare import job
from libs.peer.provisioning import following, people
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes


@job(people.FOLLOW, timeout_s=20, attempts=20)
async def follow(planes: Planes, region: RegionRef, agency_id: UUID) -> None:
    """Make accounts for the admins whom a directory names, and delete those of who left; their rights ended before."""
    async with planes.door() as door:
        await following.follow(door, agency_id, region.id)
