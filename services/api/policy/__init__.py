"""The policy table: who may call which route, and which planes the route enters. No entry, no start.

Enforced for every route by `deps.authorize`, and walked in full by the tests.
"""

from services.api.policy import deployments, desks, door, peers, program, requesters
from services.api.policy.principals import Entry, Principal

__all__ = ["POLICY", "Entry", "Principal"]

_PARTS = (requesters.ROWS, door.ROWS, peers.ROWS, program.ROWS, deployments.ROWS, desks.ROWS)
POLICY: dict[str, Entry] = {name: row for part in _PARTS for name, row in part.items()}
if len(POLICY) != sum(map(len, _PARTS)):
    raise LookupError("a route has two policies")
