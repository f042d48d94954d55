"""The classification of what peers say of themselves, what a region sets, and what is counted."""

from libs.tenancy.classification import Columns, Kind, Retention, kept

_K, _R = Kind, Retention

SHARED: dict[str, Columns] = {
    "own_limits": kept(
        _R.ON_THE_TEAM,
        peer_id=(_K.STAFF_ID, "which peer"),
        region_id=(_K.HOME_ID, "in which region"),
        modalities=(_K.DUTY, "how they talk: in person, by phone, by text"),
        reach_minutes=(_K.DUTY, "how far they drive"),
        caseload=(_K.DUTY, "how many conversations they want open at once"),
        accepts_a_day=(_K.DUTY, "how often they want to say yes within a day"),
        quiet_from=(_K.DUTY, "from when they want quiet"),
        quiet_until=(_K.DUTY, "until when"),
        wakes_for_now=(_K.DUTY, "whether somebody who needs a peer now may break it"),
        gender=(_K.DUTY, "what they say of themselves, so that a wish can be kept"),
        knows_calls=(_K.DUTY, "whether they have been through hard calls and talk about it"),
        not_for=(_K.DUTY, "teams of theirs that they do not want offers of"),
        cools_until=(_K.TIME, "until when they rest after a heavy conversation"),
    )
    | kept(_R.DAY, talks_until=(_K.TIME, "until which full hours talks without a request count for their day")),
    "away": kept(
        _R.ON_THE_TEAM,
        id=(_K.RANDOM_ID, "a time away"),
        peer_id=(_K.STAFF_ID, "whose"),
        region_id=(_K.HOME_ID, "in which region"),
        starts_at=(_K.TIME, "from when"),
        ends_at=(_K.TIME, "until when"),
    ),
    "reach": kept(
        _R.ON_THE_TEAM,
        peer_id=(_K.STAFF_ID, "which peer"),
        region_id=(_K.HOME_ID, "in which region"),
        verified=(_K.DUTY, "channels that were proven to reach them"),
        seen_at=(_K.TIME, "when a page of theirs was open last, to the minute"),
    ),
    "channel_code": kept(
        _R.CODE,
        peer_id=(_K.STAFF_ID, "whose channel it proves"),
        channel=(_K.CHOICE, "which channel"),
        region_id=(_K.HOME_ID, "in which region"),
        id=(_K.RANDOM_ID, "one asking for a code"),
        code_hash=(_K.SECRET_HASH, "six digits, hashed with the asking's id; empty before they are sent and once used"),
        draws=(_K.COUNT, "how often a code was drawn to be sent"),
        tries=(_K.COUNT, "how often an answer came"),
        asked_at=(_K.TIME, "when it was asked for"),
        expires_at=(_K.TIME, "until when it works"),
        counted_from=(_K.TIME, "from when askings are counted"),
        asked_times=(_K.COUNT, "how many there were since"),
    ),
    "limit_policy": kept(
        _R.SERVED,
        region_id=(_K.HOME_ID, "which region"),
        caseload=(_K.REFERENCE, "how many conversations a peer may have open at once"),
        accepts_a_day=(_K.REFERENCE, "how often a peer may say yes within a day"),
        heavy_hours=(_K.REFERENCE, "hours of rest after a heavy conversation"),
        heaviest_hours=(_K.REFERENCE, "hours of rest after a very heavy one"),
        near_minutes=(_K.REFERENCE, "how far near reaches"),
    ),
    "drive": kept(
        _R.SERVED,
        from_id=(_K.HOME_ID, "from which center"),
        to_id=(_K.HOME_ID, "to which, and back"),
        region_id=(_K.HOME_ID, "in which region"),
        minutes=(_K.REFERENCE, "how long the drive takes"),
    ),
    "intranet_place": kept(
        _R.SERVED,
        place_id=(_K.HOME_ID, "which center, or the region"),
        region_id=(_K.HOME_ID, "in which region"),
        networks=(_K.REFERENCE, "from which networks the roster is seen without login"),
        origins=(_K.REFERENCE, "whose pages may frame it"),
    ),
    "not_shown": kept(
        _R.ON_THE_TEAM,
        member_id=(_K.STAFF_ID, "who does not want to be on the roster that centers show"),
        region_id=(_K.HOME_ID, "in which region"),
    ),
    "contact_cell": kept(
        _R.SERVED,
        team_id=(_K.RANDOM_ID, "which team"),
        quarter_on=(_K.DAY, "in which quarter"),
        began=(_K.CHOICE, "in the hallway, a check-in, or after a team had come"),
        channel=(_K.CHOICE, "in person, by phone, by text"),
        length=(_K.CHOICE, "how long, in bands"),
        region_id=(_K.HOME_ID, "in which region"),
        count=(_K.COUNT, "how many there were"),
    ),
    "decision": kept(
        _R.TRACE,
        id=(_K.RANDOM_ID, "one look at a team"),
        callout_id=(_K.RANDOM_ID, "for which callout"),
        region_id=(_K.HOME_ID, "in which region"),
        epoch=(_K.COUNT, "in which round"),
        counts=(_K.COUNT, "how many of the team were kept from it by what; the same whoever asked"),
        decided_at=(_K.TIME, "when"),
    ),
}
"""Tables of schema `shared`."""
