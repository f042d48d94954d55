"""What paging stores: policies, attempts to reach somebody, and how long people wait."""

from libs.tenancy.classification import Columns, Kind, Retention, kept

_K, _R = Kind, Retention

SHARED: dict[str, Columns] = {
    "paging_policy": kept(
        _R.POLICY,
        region_id=(_K.HOME_ID, "which region"),
        urgency=(_K.CHOICE, "for which urgency"),
        version=(_K.COUNT, "which version"),
        body=(_K.REFERENCE, "steps and hours"),
        made_at=(_K.TIME, "since when"),
        made_by=(_K.CHOICE, "by which role"),
    ),
    "contact_attempt": kept(
        _R.CALLOUT,
        id=(_K.RANDOM_ID, "an attempt to reach the requester"),
        callout_id=(_K.RANDOM_ID, "about which callout"),
        region_id=(_K.HOME_ID, "in which region"),
        epoch=(_K.COUNT, "in which round"),
        peer_id=(_K.STAFF_ID, "whose attempt"),
        kind=(_K.CHOICE, "the peer's own word, or what a channel knows"),
        made_at=(_K.TIME, "when"),
    ),
    "time_mark": kept(
        _R.QUARTER,
        id=(_K.RANDOM_ID, "a mark that stands for nobody"),
        region_id=(_K.HOME_ID, "in which region"),
        quarter_on=(_K.DAY, "in which quarter"),
        urgency=(_K.CHOICE, "of which urgency"),
        band=(_K.COUNT, "in which band of waiting"),
    ),
    "time_figure": kept(
        _R.PUBLISHED,
        region_id=(_K.HOME_ID, "of which region"),
        quarter_on=(_K.DAY, "of which quarter"),
        urgency=(_K.CHOICE, "of which urgency"),
        median_band=(_K.COUNT, "in which band the median wait is; none when too few to say"),
        published_at=(_K.TIME, "when it was published"),
    ),
    "unanswered": kept(
        _R.SERVED,
        region_id=(_K.HOME_ID, "in which region"),
        is_late=(_K.STATE, "whether anybody has waited too long; never who, or how many"),
        looked_at=(_K.TIME, "as of which quarter of an hour"),
    ),
}
