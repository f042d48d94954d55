"""Making agreements, ending them early, reminding of their end."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import text

from libs import jobs
from libs.peer.agreements import queries, rules
from libs.peer.agreements.errors import AgreementEndedError, AgreementNotWellDescribedError, AgreementUnknownError
from libs.peer.agreements.models import PartnerKind
from libs.peer.agreements.rules import Phase, Term
from libs.peer.events import actions as events
from libs.tenancy.planes import ProgramSession

REMIND = "agreements.remind"
"""The job that reminds the managers that an agreement ends."""
_REMIND_AT = time(9)

_ADD = text(
    """
    INSERT INTO shared.agreement (id, region_id, kind, partner, partner_id, agency_ids, disciplines, teams,
        is_remote_only, takes_ours, starts_on, ends_on)
    VALUES (:id, :region_id, :kind, :partner, :partner_id, CAST(CAST(:agency_ids AS text[]) AS uuid[]), :disciplines,
        :teams, :is_remote_only, :takes_ours, :starts_on, :ends_on)
    """
)
_END = text(
    """
    UPDATE shared.agreement a SET ended_on = CAST(shared.clock() AT TIME ZONE r.time_zone AS date)
    FROM shared.region r WHERE a.id = :id AND r.id = a.region_id AND a.ended_on IS NULL
    """
)
_REMINDED = text("UPDATE shared.agreement SET reminded_days = :days WHERE id = :id")
_TODAY = text("SELECT CAST(shared.clock() AT TIME ZONE time_zone AS date), time_zone FROM shared.region WHERE id = :id")


@dataclass(frozen=True, slots=True)
class NewAgreement:
    """What a manager agrees with somebody outside; an empty scope means everybody of the partner.

    Attributes:
        is_known: whether every region and agency that is named is one that there is.
    """

    kind: PartnerKind
    partner: str
    starts_on: date
    ends_on: date
    partner_id: UUID | None = None
    agency_ids: tuple[UUID, ...] = ()
    disciplines: tuple[str, ...] = ()
    teams: tuple[str, ...] = ()
    is_remote_only: bool = False
    takes_ours: bool = False
    is_known: bool = True


async def add(session: ProgramSession, new: NewAgreement, *, region_id: UUID) -> UUID:
    """Keep an agreement, and see to it that somebody is reminded before it ends.

    Raises:
        AgreementNotWellDescribedError: what is wrong with it.
    """
    today, zone = (await session.execute(_TODAY, {"id": region_id})).one()
    is_named = bool(new.partner.strip()) and (new.kind is PartnerKind.REGION) == (new.partner_id is not None)
    found = rules.faults(new.starts_on, new.ends_on, today, known=(new.is_known, is_named))
    if found:
        raise AgreementNotWellDescribedError(found)
    agreement_id = uuid4()
    values = {
        "id": agreement_id,
        "region_id": region_id,
        "kind": new.kind,
        "partner": new.partner.strip(),
        "partner_id": new.partner_id,
        "agency_ids": [str(one) for one in new.agency_ids],
        "disciplines": list(new.disciplines),
        "teams": list(new.teams),
        "is_remote_only": new.is_remote_only,
        "takes_ours": new.takes_ours and new.kind is PartnerKind.REGION,
        "starts_on": new.starts_on,
        "ends_on": new.ends_on,
    }
    await session.execute(_ADD, values)
    for day in rules.reminders(Term(new.starts_on, new.ends_on)):
        at = datetime.combine(max(day, today), _REMIND_AT, ZoneInfo(zone))
        cause = day.isoformat()
        await jobs.add(session, REMIND, region_id=region_id, subject_id=agreement_id, cause=cause, due_at=at)
    await events.record(session, "agreement.made", region_id)
    session.signals.add(f"program:{region_id}")
    return agreement_id


async def end(session: ProgramSession, agreement_id: UUID, *, region_id: UUID) -> None:
    """End an agreement today. What was let in by it goes on as it began; twice is told.

    Raises:
        AgreementUnknownError: not this region's, or none.
        AgreementEndedError: it was over already.
    """
    found = await queries.of_program(session, agreement_id)
    if not found:
        raise AgreementUnknownError
    if found[0].phase is Phase.ENDED:
        raise AgreementEndedError
    await session.execute(_END, {"id": agreement_id})
    await events.record(session, "agreement.ended", region_id)
    session.signals.add(f"program:{region_id}")


async def reminded(session: ProgramSession, agreement_id: UUID, days: int, *, region_id: UUID) -> None:
    """Note which reminder went out last."""
    await session.execute(_REMINDED, {"id": agreement_id, "days": days})
    session.signals.add(f"program:{region_id}")
