"""Somebody signs out at their provider, which tells us; and what is over is forgotten.

Source: OpenID Connect Back-Channel Logout 1.0
"""

from typing import Any

from sqlalchemy import text

from libs.peer.sessions import actions as sessions
from libs.peer.sso import queries, rules
from libs.peer.sso.errors import LogoutRefusedError
from libs.peer.sso.queries import SetUp
from libs.peer.sso.sealing import Seal
from libs.peer.sso.tokens import Logout
from libs.tenancy.planes import DoorSession

_ONCE = text(
    """
    INSERT INTO shared.sign_on_logout (provider_id, token_hash, expires_at)
    VALUES (:provider_id, :token_hash, shared.clock() + CAST(:lives AS interval)) ON CONFLICT DO NOTHING
    RETURNING token_hash
    """
)
_FORGET = (
    text(
        """
        DELETE FROM shared.sign_on_attempt WHERE state_hash IN (
            SELECT state_hash FROM shared.sign_on_attempt WHERE expires_at <= shared.clock()
            LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        """
    ),
    text(
        """
        DELETE FROM shared.sign_on_logout WHERE (provider_id, token_hash) IN (
            SELECT provider_id, token_hash FROM shared.sign_on_logout WHERE expires_at <= shared.clock()
            LIMIT :limit FOR UPDATE SKIP LOCKED
        )
        """
    ),
)


async def log_out(session: DoorSession, seal: Seal, setup: SetUp, said: Logout) -> None:
    """End what a provider says is over: one session there by its `sid`, or all of a person.

    Raises:
        LogoutRefusedError: this token has done its work before.
    """
    values = {"provider_id": setup.id, "token_hash": seal.mark("jti", str(setup.id), said.jti)}
    if (await session.execute(_ONCE, {**values, "lives": rules.LOGOUT_KEPT})).one_or_none() is None:
        raise LogoutRefusedError("Send each token once.")
    sid_hash = None if said.sid is None else seal.mark("sid", str(setup.id), said.sid)
    if said.subject is None:
        await sessions.end_of_sid(session, sid_hash or b"")
        return
    who_hash = seal.mark("who", str(setup.id), setup.issuer, said.subject)
    known = await queries.known(session, setup, who_hash)
    if known is not None:
        await sessions.end_of_identities(session, [known.id], sid_hash=sid_hash)


async def forget_expired(session: DoorSession, limit: int) -> int:
    """Delete attempts that nobody came back from, and logout tokens that are too old to be shown again."""
    gone = 0
    for statement in _FORGET:
        deleted: Any = await session.execute(statement, {"limit": limit})
        gone = max(gone, deleted.rowcount)
    return gone
