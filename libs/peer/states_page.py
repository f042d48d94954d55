"""`python -m libs.peer.states_page`: print every state machine out of its table of moves into docs/states.md."""

from collections.abc import Mapping
from pathlib import Path

from libs.peer.approvals import rules as approvals
from libs.peer.approvals.models import ApprovalState
from libs.peer.callouts import rules as callouts
from libs.peer.callouts.models import State
from libs.peer.deployments import rules as deployments
from libs.peer.deployments.models import DeploymentState, InvitationState, SlotState
from libs.peer.exchanges import rules as exchanges
from libs.peer.exchanges.models import ExchangeState
from libs.peer.followups import rules as followups
from libs.peer.followups.models import FollowUpState
from libs.peer.offers import rules as offers
from libs.peer.offers.models import OfferState, PageState
from libs.peer.shifts import rules as shifts
from libs.peer.shifts.models import SwapState

PATH = Path(__file__).parents[2] / "docs" / "states.md"

Moves = Mapping[str, tuple[frozenset[str], str]]
_HEAD = """# States

Printed by `python -m libs.peer.states_page` from the tables of moves, which the statements that move a row are made of
(callouts) or checked against, move by move, on a real database (`tests/flows/test_state_machine.py`).
"""


def page() -> str:
    """Return docs/states.md."""
    of_callouts = {str(act): move for act, move in callouts.MOVES.items()}
    pending, paging = State.PENDING_APPROVAL, State.PAGING
    parts = (
        _HEAD,
        _machine("A callout", "libs/peer/callouts/rules.py", of_callouts, (paging, pending)),
        _machine("An offer", "libs/peer/offers/rules.py", offers.MOVES, (OfferState.OPEN, OfferState.ACCEPTED)),
        _machine("A page", "libs/peer/offers/rules.py", offers.PAGE_MOVES, (PageState.WAITING, PageState.HANDED_OVER)),
        _machine("A follow-up", "libs/peer/followups/rules.py", followups.MOVES, (FollowUpState.PLANNED,)),
        _machine("An approval", "libs/peer/approvals/rules.py", approvals.MOVES, (ApprovalState.WAITING,)),
        _machine("An exchange", "libs/peer/exchanges/rules.py", exchanges.MOVES, (ExchangeState.REQUESTED,)),
        _machine("A deployment", "libs/peer/deployments/rules.py", deployments.MOVES, (DeploymentState.PROPOSED,)),
        _machine("A slot of a team", "libs/peer/deployments/rules.py", deployments.SLOT_MOVES, (SlotState.OPEN,)),
        _machine(
            "An invitation",
            "libs/peer/deployments/rules.py",
            deployments.INVITATION_MOVES,
            (InvitationState.PROPOSED, InvitationState.ASKED),
        ),
        _machine("A swap of a shift", "libs/peer/shifts/rules.py", shifts.MOVES, (SwapState.OPEN,)),
    )
    return "\n".join(parts)


def _machine(title: str, source: str, moves: Moves, begins: tuple[str, ...]) -> str:
    """Return a heading, a diagram and the same as a table."""
    edges = [
        (source_state, act, target) for act, (sources, target) in moves.items() for source_state in sorted(sources)
    ]
    states = {state for edge in edges for state in (edge[0], edge[2])} | set(begins)
    ends = sorted(states - {edge[0] for edge in edges})
    diagram = [
        *(f"    [*] --> {state}" for state in begins),
        *(f"    {source_state} --> {target}: {act}" for source_state, act, target in edges),
        *(f"    {state} --> [*]" for state in ends),
    ]
    rows = [f"| {act} | {', '.join(sorted(sources))} | {target} |" for act, (sources, target) in moves.items()]
    lines = (f"## {title}", "", f"`{source}`; begins as {' or '.join(begins)}.", "", "```mermaid", "stateDiagram-v2")
    table = ("| act | from | to |", "| --- | --- | --- |", *rows)
    return "\n".join((*lines, *diagram, "```", "", *table, ""))


if __name__ == "__main__":
    PATH.write_text(page())
