"""Jobs of webhooks: telling what another plane asked for, and having sent what waits for an address."""

from functools import partial
from uuid import UUID

from libs.jobs.declare import Declared, job
from libs.peer.webhooks import actions
from libs.peer.webhooks.models import EventType
from libs.tenancy.directory import RegionRef
from libs.tenancy.transactions import Planes
from services.worker.courier import Courier


async def _tell(kind: EventType, planes: Planes, region: RegionRef, subject_id: UUID) -> None:
    async with planes.program(region) as program:
        await actions.publish_if_known(program, kind, subject_id, region_id=region.id)


TOLD: tuple[Declared, ...] = tuple(
    Declared(actions.job_kind(kind), timeout_s=10, attempts=20, run=partial(_tell, kind))
    for kind in sorted(actions.TOLD_BY_JOB)
)
"""One job for each kind of event that other planes may ask to be told."""


@job(actions.DELIVER, timeout_s=10, attempts=20)
async def deliver(_planes: Planes, _region: RegionRef, _endpoint_id: UUID) -> None:
    """Send nothing where no courier is set up; what waits stays until one is."""


async def deliver_by(courier: Courier, _planes: Planes, region: RegionRef, endpoint_id: UUID) -> None:
    """Hand an address to the courier: the job is done with that, and takes no time from a page to a peer."""
    courier.carry(region, endpoint_id)
