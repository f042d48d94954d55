"""The classification of what concerns requests from outside the region."""

from libs.tenancy.classification import Columns, Kind, Retention, kept

_K, _R = Kind, Retention

SHARED: dict[str, Columns] = {
    "approver": kept(
        _R.ON_THE_TEAM,
        account_id=(_K.STAFF_ID, "a program manager who takes part in deciding"),
        region_id=(_K.HOME_ID, "in which region"),
        name=(_K.STAFF, "shown to the other managers"),
        is_away=(_K.DUTY, "whether they are passed over now"),
        joined_at=(_K.TIME, "since when; gives the order"),
    ),
    "agreement": kept(
        _R.AGREEMENT,
        id=(_K.RANDOM_ID, "a mutual-aid agreement"),
        region_id=(_K.HOME_ID, "whose peers help"),
        kind=(_K.CHOICE, "with a region, an agency or a state"),
        partner=(_K.REFERENCE, "the partner's name"),
        partner_id=(_K.HOME_ID, "which region, where it is one of this deployment"),
        agency_ids=(_K.HOME_ID, "for which of its centers"),
        disciplines=(_K.REFERENCE, "for which kinds of agencies"),
        teams=(_K.REFERENCE, "which teams help"),
        is_remote_only=(_K.REFERENCE, "by phone or text alone"),
        takes_ours=(_K.REFERENCE, "whether the partner takes requests that are handed on"),
        starts_on=(_K.DAY, "first day"),
        ends_on=(_K.DAY, "last day"),
        ended_on=(_K.DAY, "from which day it no longer counts, when it was ended early"),
        reminded_days=(_K.COUNT, "which reminder went out last"),
    ),
    "exchange": kept(
        _R.EXCHANGE,
        id=(_K.RANDOM_ID, "one region asks another one to help; also the approval's id there"),
        region_id=(_K.HOME_ID, "which region asks"),
        helping_id=(_K.HOME_ID, "which region is asked"),
        approval_id=(_K.RANDOM_ID, "the decision by which it was handed on"),
        urgency=(_K.CHOICE, "how soon somebody is wanted"),
        language=(_K.CHOICE, "in which language to talk"),
        state=(_K.STATE, "how far the exchange is"),
        outcome=(_K.CHOICE, "how it ended"),
        decided_by=(_K.CHOICE, "whether a manager or an agreement of the helping region said yes"),
        is_remote_only=(_K.CHOICE, "by phone or text alone, as the helping region says"),
        team=(_K.CHOICE, "which team helps, as the helping region says"),
        asked_at=(_K.TIME, "when the region was asked"),
        offered_until=(_K.TIME, "how long the offer stands"),
        closed_at=(_K.TIME, "when it was over"),
    ),
}
"""Tables of schema `shared`."""
APPROVAL: Columns = kept(
    _R.APPROVAL,
    choice=(_K.CHOICE, "what a manager chose, for the seconds in which it can be taken back"),
    held_until=(_K.TIME, "until when it can be taken back"),
    decided_by=(_K.CHOICE, "whose word counted: a manager's or a team lead's"),
    is_remote_only=(_K.CHOICE, "approved for talks by phone or text alone"),
    team=(_K.CHOICE, "approved for which team"),
    partner_id=(_K.HOME_ID, "to which region it was handed on"),
    told_step=(_K.COUNT, "how far the rota of those who decide was told"),
    looked_at=(_K.TIME, "when it was last made sure that it waits"),
)
"""More of `shared.approval`."""
CALLOUT: Columns = {
    **kept(
        _R.CALLOUT,
        decision=(_K.CHOICE, "what was decided, for a request from outside"),
        decided_by=(_K.CHOICE, "whose word counted: a manager's or a team lead's"),
        is_remote_only=(_K.CHOICE, "by phone or text alone, by an approval or an agreement"),
        partner_id=(_K.HOME_ID, "which other region may help"),
    ),
    **kept(_R.TRACE, exchange_id=(_K.RANDOM_ID, "the exchange with another region, for both sides")),
}
"""More of `shared.callout`."""
