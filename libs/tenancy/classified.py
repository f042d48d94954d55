"""The whole classification: the parts of it put together, since no file of ours is that long.

`classification.py` says what a classified column is, and has the tables that were there first.
"""

from libs.tenancy import (
    classification,
    classified_deployments,
    classified_door,
    classified_follow_ups,
    classified_hard_calls,
    classified_outside,
    classified_paging,
    classified_people,
    classified_shifts,
)
from libs.tenancy.classification import Columns

SHARED: dict[str, Columns] = {
    **classification.SHARED,
    **classified_people.SHARED,
    **classified_shifts.SHARED,
    **classified_outside.SHARED,
    **classified_follow_ups.SHARED,
    "approval": {**classification.SHARED["approval"], **classified_outside.APPROVAL},
    "callout": {**classification.SHARED["callout"], **classified_outside.CALLOUT},
    **classified_deployments.SHARED,
    **classified_door.SHARED,
    **classified_hard_calls.SHARED,
    "client": {**classified_door.SHARED["client"], **classified_hard_calls.CLIENT},
    **classified_paging.SHARED,
}
"""Tables of schema `shared`."""
TENANT: dict[str, Columns] = classification.TENANT
"""Tables that each agency, and each region, has in a schema of its own."""
