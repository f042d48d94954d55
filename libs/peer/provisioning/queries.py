"""What the door reads of a center's directory."""

from uuid import UUID

from sqlalchemy import text

from libs.tenancy.planes import DoorSession

_MINE = text("SELECT id FROM shared.desk_person WHERE account_id = :account_id AND agency_id = :agency_id")
_TIED = text(
    """
    SELECT p.id FROM shared.desk_person p WHERE p.agency_id = :agency_id AND (
        EXISTS (SELECT FROM shared.passkey k WHERE k.account_id = p.account_id)
        OR EXISTS (SELECT FROM shared.sign_in s WHERE s.account_id = p.account_id))
    """
)
_HAS_LEFT = text(
    """
    SELECT EXISTS (SELECT FROM shared.desk_person
        WHERE agency_id = :agency_id AND external_id = :subject AND is_active IS NOT TRUE)
    """
)


async def mine(session: DoorSession, account_id: UUID, agency_id: UUID) -> UUID | None:
    """Return which of the directory's people an account is; None when the directory does not decide on it."""
    found: UUID | None = (
        await session.execute(_MINE, {"account_id": account_id, "agency_id": agency_id})
    ).scalar_one_or_none()
    return found


async def in_use(session: DoorSession, agency_id: UUID) -> frozenset[UUID]:
    """Return by which of the directory's people somebody comes in."""
    return frozenset((await session.execute(_TIED, {"agency_id": agency_id})).scalars())


async def has_left(session: DoorSession, agency_id: UUID, subject: str) -> bool:
    """Say whether the directory names this subject (its `externalId`) and does not call them active.

    For single sign-on, to refuse somebody whom the provider still lets in. It only ever refuses.
    """
    values = {"agency_id": agency_id, "subject": subject}
    return bool((await session.execute(_HAS_LEFT, values)).scalar_one())
