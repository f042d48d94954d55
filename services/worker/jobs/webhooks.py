"""Jobs of webhooks: telling what another plane asked for, and having sent what waits for an address."""

from uuid import UUID

from libs.jobs.declare import Declared, Run, job
from libs.peer.passkeys import actions as passkeys
from libs.peer.passkeys.models import News
from libs.peer.webhooks import actions
from libs.peer.webhooks.models import EventType
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes
from services.worker.courier import Courier


def _teller(kind: EventType) -> Run:
    async def tell(planes: Planes, region: RegionRef, subject_id: UUID) -> None:
        """Tell integrators what another plane asked for, if the program knows what it is about."""
        async with planes.program(region) as program:
            await actions.publish_if_known(program, kind, subject_id, region_id=region.id)

    return tell


TOLD: tuple[Declared, ...] = tuple(
    Declared(actions.job_kind(kind), timeout_s=10, attempts=20, run=_teller(kind))
    for kind in sorted(actions.TOLD_BY_JOB)
)
"""One job for each kind of event that other planes may ask to be told."""


@job(actions.DELIVER, timeout_s=10, attempts=20)
async def deliver(_planes: Planes, _region: RegionRef, _endpoint_id: UUID) -> None:
    """Send nothing where no courier is set up; what waits stays until one is."""


@job(actions.OFF, timeout_s=10, attempts=20)
async def tell_off(planes: Planes, region: RegionRef, _endpoint_id: UUID) -> None:
    """Tell the region's managers that an address was switched off; whose it is stands beside its key."""
    async with planes.door() as door:
        await passkeys.tell_managers(door, region.id, News.WEBHOOK_OFF)


async def deliver_by(courier: Courier, _planes: Planes, region: RegionRef, endpoint_id: UUID) -> None:
    """Hand an address to the courier: the job is done with that, and takes no time from a page to a peer."""
    courier.carry(region, endpoint_id)
