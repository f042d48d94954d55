"""The channel that needs nobody else: the peer's own page, open in a browser.

The page row is the message; ringing only makes it quick. So handing over cannot fail, and a peer whose
signal was lost still sees the offer within seconds.
"""

from uuid import UUID

from libs.tenancy.planes import PlaneSession

NAME = "in_app"


def hand_over(session: PlaneSession, peer_id: UUID) -> None:
    """Ring the peer's page once the transaction that writes it down as handed over is through."""
    session.signals.add(f"peer:{peer_id}")
