"""The classification of follow-ups: dates and a peer, never whose."""

from libs.tenancy.classification import Columns, Kind, Retention, kept

_K, _R = Kind, Retention

SHARED: dict[str, Columns] = {
    "follow_up": kept(
        _R.FOLLOW_UP,
        id=(_K.RANDOM_ID, "a planned later contact"),
        callout_id=(_K.RANDOM_ID, "of which callout"),
        region_id=(_K.HOME_ID, "in which region"),
        peer_id=(_K.STAFF_ID, "which peer checks in"),
        kind=(_K.CHOICE, "the same day, in a week, a month, 90 days, a year"),
        state=(_K.STATE, "what became of it"),
        due_at=(_K.TIME, "when"),
        next_at=(_K.TIME, "when somebody is told, or when it lapses"),
        told_at=(_K.TIME, "since when the peer knows that it is due"),
        tries=(_K.COUNT, "how often nobody was reached"),
        watchers=(_K.STAFF_ID, "which coordinators held a copy, and so may see that it is overdue"),
    ),
}
"""Tables of schema `shared`."""
