"""Every column of every table: what it is for, what kind of thing it is, and when it goes.

Data, not prose. Which planes read a column follows from `plane_table.py`. A column that is not here, or is here and
not in the database, fails the build; `docs/data.md` is printed from this by `data_page.py`.

Retention says what the code does today. Where nothing removes a row yet, it says so.
"""

from enum import StrEnum
from typing import NamedTuple


class Kind(StrEnum):
    """What kind of thing a column holds, in the words of docs/data.md."""

    REFERENCE = "reference"
    RANDOM_ID = "random id"
    STAFF_ID = "random id of a team member"
    HOME_ID = "id of a center or region"
    STAFF = "name or contact of staff"
    PHOTO = "a photo of staff"
    DUTY = "duty data of staff"
    SECRET_HASH = "hash of a secret"  # noqa: S105 - a kind, no secret
    SEALED = "sealed by a key that is not in the database"
    CHOICE = "a choice from a list"
    PLACE = "an address or a room"
    REASON = "a short reason in writing, of staff about a colleague of the team"
    STATE = "state"
    TIME = "exact time"
    DAY = "day"
    COUNT = "number"
    TECHNICAL = "technical"


class Retention(StrEnum):
    """When it goes, in the words of docs/data.md."""

    SERVED = "as long as the region or center is served"
    IMPORTED = "until the next import of the FCC's file"
    ON_THE_TEAM = "as long as the person has a part in the program; removed by hand"
    ASKED = "until the program manager puts it away"
    PHOTO = "until its owner takes it out, or is in no team any more"
    SHOWN = "read from the tables that hold it, while its owner is a current member and wants to be shown"
    LINK = "until used; works for a day, and an unused row is deleted within the hour after that"
    SIGN_IN = "until signing out; at most 7 days, less when unused, and the row is deleted within the hour after that"
    OFFERED = "works for 72 hours, and the row is deleted within the hour after that"
    ANSWERED = "works for 24 hours, and the row is deleted within the hour after that"
    TOKEN = "works for 15 minutes, and the row is deleted within the hour after that"  # noqa: S105 - a sentence
    DIRECTORY = "as long as the center's directory names the person"
    DIRECTORY_TOKEN = "until an admin ends it, or a day after a newer one is made"  # noqa: S105 - a sentence
    PASSKEY = "until its owner removes it, or a new link replaces it"
    CHALLENGE = "until answered; works for 5 minutes, and an unused row is deleted within the hour after that"
    CODE = "works for 10 minutes, and the row is deleted within two hours"
    SIGN_ON = "until the center or region takes its sign-in away"
    ATTEMPT = "until the answer comes; works for 10 minutes, and an unused row is deleted within the hour after that"
    LOGOUT = "12 minutes, and the row is deleted within the hour after that"
    NEWS = "until its reader has seen it"
    CLIENT = "as long as the integration is used; removed by hand"
    REQUEST = "deleted at once when withdrawn, else 7 days after the end, or after the last planned follow-up"
    TRACE = "cleared with the request: at once when withdrawn, else 7 days after the end or after the last follow-up"
    COPY = "deleted when the two talk, at the latest with the request"
    ROUTE = "the bare hash for a day or more after the request is deleted: until another one's turn comes"
    FOLLOW_UP = "deleted with the request, which stays until 30 days after the last planned one, and holds no word"
    CALLOUT = "stays after the end, tied to no center and no request (no clean-up yet)"
    SCHEDULE = "as long as the team plans with it"
    SHIFT = "deleted 90 days after it is over"
    NOTICE = "deleted after a week"
    WEBHOOK = "until its client deletes it, or is removed itself"
    DELIVERY = "deleted 30 days after the event, or with its webhook"
    CALENDAR = "until the person takes a new link or none"
    APPROVAL = "stays after the decision (no clean-up yet)"
    EXCHANGE = "deleted 7 days after its end, once the request waits no more"
    AGREEMENT = "stays after its end: it says why a request was let in (no clean-up yet)"
    DEPLOYMENT = "stays after the end, for figures and fairness (no clean-up yet)"
    ON_THE_WAY = "while the team comes; emptied at the end"
    JOB = "until done; one that failed for good stays until an operator looks"
    AUDIT = "kept"
    DAY = "a day, and forgotten within the hour after that"
    QUARTER = "deleted when its quarter is closed, within a day after its end"
    PUBLISHED = "published, and kept"
    POLICY = "kept: a callout names the version with which it began"
    SCHEMA = "as long as the schema is there"


class Column(NamedTuple):
    """One column.

    Attributes:
        kind: what kind of thing it holds.
        purpose: what it is for, in a few plain words.
        retention: when it goes.
    """

    kind: Kind
    purpose: str
    retention: Retention


Columns = dict[str, Column]
_K, _R = Kind, Retention


def kept(retention: Retention, **columns: tuple[Kind, str]) -> Columns:
    """Classify the columns of a table that all go at the same time: name=(kind, purpose)."""
    return {name: Column(kind, purpose, retention) for name, (kind, purpose) in columns.items()}


_kept = kept
_VERSION = _kept(_R.SCHEMA, version_num=(_K.TECHNICAL, "which migration the tables are at"))

SHARED: dict[str, Columns] = {
    "region": _kept(
        _R.SERVED,
        id=(_K.HOME_ID, "which region"),
        slug=(_K.REFERENCE, "its name in addresses"),
        name=(_K.REFERENCE, "its name"),
        time_zone=(_K.REFERENCE, "in which its people read the clock"),
        line_phone=(_K.REFERENCE, "the number of the peer line"),
        schema_name=(_K.TECHNICAL, "where its own tables are"),
        schema_version=(_K.TECHNICAL, "which migration they are at"),
        care_role=(_K.TECHNICAL, "who may enter its care"),
        dispatch_role=(_K.TECHNICAL, "who may enter its dispatch"),
        program_role=(_K.TECHNICAL, "who may enter its program"),
        channels=(_K.REFERENCE, "over which channels its peers are reached"),
        flood_from=(_K.REFERENCE, "how many asks an hour without a talk are taken for a flood"),
        sandbox_of=(_K.HOME_ID, "for which region's integrators it is a sandbox"),
        created_at=(_K.TIME, "since when it is served"),
    ),
    "agency": _kept(
        _R.SERVED,
        id=(_K.HOME_ID, "which center"),
        region_id=(_K.HOME_ID, "its region"),
        slug=(_K.REFERENCE, "its name in addresses"),
        name=(_K.REFERENCE, "its name"),
        status=(_K.STATE, "whether it is served"),
        discipline=(_K.REFERENCE, "dispatch, fire, EMS or law enforcement"),
        state=(_K.REFERENCE, "where it is"),
        county=(_K.REFERENCE, "where it is"),
        city=(_K.REFERENCE, "where it is"),
        fcc_id=(_K.REFERENCE, "its number in the FCC's registry"),
        schema_name=(_K.TECHNICAL, "where its own tables are"),
        schema_version=(_K.TECHNICAL, "which migration they are at"),
        care_role=(_K.TECHNICAL, "who may enter its care"),
        desk_role=(_K.TECHNICAL, "who may enter its desk"),
        created_at=(_K.TIME, "since when it is served"),
    ),
    "psap_catalogue": _kept(
        _R.IMPORTED,
        psap_id=(_K.REFERENCE, "the FCC's number of a center"),
        name=(_K.REFERENCE, "as the FCC publishes it"),
        state=(_K.REFERENCE, "as the FCC publishes it"),
        county=(_K.REFERENCE, "as the FCC publishes it"),
        county_key=(_K.TECHNICAL, "the county's name for comparing"),
        city=(_K.REFERENCE, "as the FCC publishes it"),
        standing=(_K.STATE, "active primary, secondary or orphaned"),
        changes=(_K.REFERENCE, "the FCC's remark on changes"),
        comments=(_K.REFERENCE, "the FCC's comment"),
        modified_on=(_K.DAY, "the FCC's day of change"),
        doubt=(_K.TECHNICAL, "what our reading doubts of the row"),
        sheet_row=(_K.TECHNICAL, "row in the FCC's sheet"),
    ),
    "registry_import": _kept(
        _R.AUDIT,
        id=(_K.TECHNICAL, "an import of the FCC's file"),
        imported_at=(_K.TIME, "when"),
        report=(_K.REFERENCE, "what it read and what of each row became"),
    ),
    "registry_change": _kept(
        _R.IMPORTED,
        psap_id=(_K.REFERENCE, "the FCC's number of a center"),
        kind=(_K.STATE, "in what it differs from the file before"),
        name=(_K.REFERENCE, "as the FCC publishes it"),
        state=(_K.REFERENCE, "as the FCC publishes it"),
        was=(_K.REFERENCE, "what the file before said"),
        becomes=(_K.REFERENCE, "what the file says now"),
    ),
    "onboarding": _kept(
        _R.ASKED,
        id=(_K.TECHNICAL, "a center that a program manager wants to take part"),
        region_id=(_K.HOME_ID, "in which region"),
        asked_by=(_K.STAFF_ID, "which program manager asked"),
        asked_at=(_K.TIME, "when"),
        fcc_id=(_K.REFERENCE, "its number in the FCC's registry"),
        slug=(_K.REFERENCE, "its name in addresses"),
        name=(_K.REFERENCE, "its name"),
        discipline=(_K.REFERENCE, "dispatch, fire, EMS or law enforcement"),
        state=(_K.REFERENCE, "where it is"),
        county=(_K.REFERENCE, "where it is"),
        city=(_K.REFERENCE, "where it is"),
        outcome=(_K.STATE, "what became of it"),
        elsewhere=(_K.REFERENCE, "name of the region where it takes part already"),
        attempt=(_K.COUNT, "how often it was tried"),
        due_at=(_K.TIME, "when it is tried next"),
        ended_at=(_K.TIME, "since when it is decided"),
    ),
    "receipt_route": {
        **_kept(
            _R.ROUTE,
            region_id=(_K.HOME_ID, "in which region"),
            lookup_hash=(_K.SECRET_HASH, "the requester's receipt, which only they hold"),
            forgotten_at=(_K.TIME, "since when it leads nowhere"),
        ),
        **_kept(_R.TRACE, home_id=(_K.HOME_ID, "in whose care the request is")),
    },
    "callout": {
        **_kept(
            _R.CALLOUT,
            id=(_K.RANDOM_ID, "a request, as dispatch knows it"),
            region_id=(_K.HOME_ID, "whose peers are asked"),
            urgency=(_K.CHOICE, "how soon"),
            channel=(_K.CHOICE, "how they would like to talk: on this page, by phone, in person"),
            language=(_K.CHOICE, "in which language"),
            team=(_K.CHOICE, "which team"),
            center_wish=(_K.CHOICE, "another center's peer, or any, or the own"),
            wishes=(_K.CHOICE, "somebody who knows such calls; for a colleague, and whether they may be rung"),
            unmet=(_K.CHOICE, "which wishes nobody keeps who is asked now, to tell so"),
            epoch=(_K.COUNT, "which round of asking"),
            state=(_K.STATE, "where it stands"),
            decline_reason=(_K.CHOICE, "why not, for a request from outside"),
            accepted_by=(_K.STAFF_ID, "which peer took it"),
            next_at=(_K.TIME, "when something happens next"),
            asked_at=(_K.TIME, "since when somebody waits"),
            accepted_at=(_K.TIME, "when a peer took it"),
            contact_at=(_K.TIME, "when the requester said that they talk"),
            ended_at=(_K.TIME, "when it ended"),
            end_reason=(_K.CHOICE, "why it was closed, when not by the requester's word"),
            policy_version=(_K.COUNT, "with which version of the paging policy it began"),
            step=(_K.COUNT, "which step of the policy is taken"),
            step_waves=(_K.COUNT, "how often"),
            wave=(_K.COUNT, "how many waves this round has had"),
            asking=(_K.CHOICE, "what kind of people the last wave asked"),
            skipped=(_K.CHOICE, "what kind of people were not there to be asked"),
            is_lead_asked=(_K.STATE, "whether it has been turned to a coordinator in this round"),
            hand_to=(_K.STAFF_ID, "whom the peer who has it asks to take over"),
            hand_until=(_K.TIME, "until when"),
        ),
        **_kept(
            _R.TRACE,
            home_id=(_K.HOME_ID, "in whose care the request is, so that colleagues are not asked"),
            request_id=(_K.RANDOM_ID, "which request there, to forget it"),
            approval_id=(_K.RANDOM_ID, "which approval, for a request from outside"),
            coming_from=(_K.CHOICE, "name of the place, for a request from outside"),
        ),
    },
    "copy": _kept(
        _R.COPY,
        home_id=(_K.HOME_ID, "in whose care the request is"),
        callout_id=(_K.RANDOM_ID, "which callout"),
        peer_id=(_K.STAFF_ID, "who may be asked"),
        region_id=(_K.HOME_ID, "in which region"),
        only_steps_in=(_K.CHOICE, "a lead or clinician whose rank is not as high as wished: asked when nobody answers"),
    ),
    "offer": _kept(
        _R.CALLOUT,
        id=(_K.RANDOM_ID, "a question to one peer"),
        callout_id=(_K.RANDOM_ID, "about which callout"),
        region_id=(_K.HOME_ID, "in which region"),
        epoch=(_K.COUNT, "in which round"),
        peer_id=(_K.STAFF_ID, "who was asked"),
        state=(_K.STATE, "what became of it"),
        offered_at=(_K.TIME, "when"),
        expires_at=(_K.TIME, "until when"),
        answered_at=(_K.TIME, "when it was answered"),
        wave=(_K.COUNT, "in which wave of the round"),
        is_hand_over=(_K.STATE, "whether the peer who had it asked this one to take over"),
        reason=(_K.CHOICE, "why the peer does not have it any more"),
        effort=(_K.DUTY, "how heavy it was, as the peer rates it"),
    ),
    "page": _kept(
        _R.CALLOUT,
        id=(_K.RANDOM_ID, "an attempt to reach one peer"),
        offer_id=(_K.RANDOM_ID, "for which offer"),
        region_id=(_K.HOME_ID, "in which region"),
        peer_id=(_K.STAFF_ID, "whom"),
        channel=(_K.CHOICE, "over which channel"),
        idempotency_key=(_K.TECHNICAL, "so that twice counts once"),
        state=(_K.STATE, "what became of it"),
        created_at=(_K.TIME, "when"),
        handed_over_at=(_K.TIME, "when the channel had it"),
        sending_at=(_K.TIME, "when somebody first took it in hand for the channel"),
    ),
    "availability": _kept(
        _R.ON_THE_TEAM,
        peer_id=(_K.STAFF_ID, "which peer"),
        region_id=(_K.HOME_ID, "in which region"),
        is_available=(_K.DUTY, "whether they can be asked now"),
        changed_at=(_K.TIME, "since when"),
    ),
    "member": _kept(
        _R.ON_THE_TEAM,
        id=(_K.STAFF_ID, "a team member"),
        region_id=(_K.HOME_ID, "in which region"),
        agency_id=(_K.HOME_ID, "at which center they work"),
        member_key=(_K.STAFF, "their number in the program's own roster, where it has one"),
        name=(_K.STAFF, "their name"),
        rank=(_K.STAFF, "their rank at work"),
        discipline=(_K.CHOICE, "dispatch, fire, EMS or law enforcement"),
        languages=(_K.DUTY, "which languages they speak"),
        email=(_K.STAFF, "how the program writes to them"),
        phone=(_K.STAFF, "their own number, for the program"),
        duty_phone=(_K.STAFF, "the number that a requester is given"),
        time_zone=(_K.DUTY, "in which they read the clock, where it is not the region's"),
        training_hours=(_K.DUTY, "hours of training"),
        suspended_on=(_K.DAY, "since when they get no offers, by the program's word"),
        leads=(_K.DUTY, "whether, by rank, they may be somebody's supervisor"),
        level=(_K.DUTY, "how high their rank is, from 0 to 4"),
    ),
    "team": _kept(
        _R.SERVED,
        id=(_K.RANDOM_ID, "a team"),
        region_id=(_K.HOME_ID, "in which region"),
        kind=(_K.CHOICE, "roving, command-level or a center's own"),
        agency_id=(_K.HOME_ID, "of which center, for a center's own"),
        name=(_K.REFERENCE, "its name, where it has one of its own"),
    ),
    "membership": _kept(
        _R.ON_THE_TEAM,
        member_id=(_K.STAFF_ID, "who"),
        team_id=(_K.RANDOM_ID, "in which team"),
        region_id=(_K.HOME_ID, "in which region"),
        designated_on=(_K.DAY, "since when they are designated"),
        lapses_on=(_K.DAY, "until when"),
        role=(_K.DUTY, "peer, coordinator, deputy or clinician"),
    ),
    "training_module": _kept(
        _R.ON_THE_TEAM,
        member_id=(_K.STAFF_ID, "who"),
        area=(_K.CHOICE, "trained in which of the four areas"),
        region_id=(_K.HOME_ID, "in which region"),
        completed_on=(_K.DAY, "since when"),
        lapses_on=(_K.DAY, "until when it counts"),
    ),
    "approval": _kept(
        _R.APPROVAL,
        id=(_K.RANDOM_ID, "a request from outside, waiting for a yes"),
        region_id=(_K.HOME_ID, "in which region"),
        coming_from=(_K.CHOICE, "name of the place it comes from"),
        urgency=(_K.CHOICE, "how soon"),
        language=(_K.CHOICE, "in which language"),
        state=(_K.STATE, "what was decided"),
        decline_reason=(_K.CHOICE, "why not"),
        opened_at=(_K.TIME, "since when it waits"),
        decided_at=(_K.TIME, "when it was decided"),
    ),
    "job": _kept(
        _R.JOB,
        id=(_K.RANDOM_ID, "something to do"),
        kind=(_K.TECHNICAL, "what"),
        key=(_K.TECHNICAL, "so that twice counts once; holds the same id"),
        region_id=(_K.HOME_ID, "in which region"),
        subject_id=(_K.RANDOM_ID, "about which callout"),
        due_at=(_K.TIME, "when it is due"),
        lease_until=(_K.TIME, "until when a worker has it"),
        attempt=(_K.COUNT, "how often it was tried"),
        state=(_K.STATE, "waiting or failed"),
    ),
    "event": _kept(
        _R.AUDIT,
        id=(_K.RANDOM_ID, "something that happened; never to whom"),
        kind=(_K.TECHNICAL, "what"),
        region_id=(_K.HOME_ID, "in which region"),
        happened_on=(_K.DAY, "on which day"),
    ),
    "alembic_version": _VERSION,
}
"""Tables of schema `shared`."""

TENANT: dict[str, Columns] = {
    "request": _kept(
        _R.REQUEST,
        id=(_K.RANDOM_ID, "a request"),
        lookup_hash=(_K.SECRET_HASH, "the requester's receipt, which only they hold"),
        callout_id=(_K.RANDOM_ID, "which callout stands for it in dispatch"),
        language=(_K.CHOICE, "in which language"),
        asked_on=(_K.DAY, "on which day"),
    ),
    "setting": _kept(
        _R.SERVED,
        name=(_K.TECHNICAL, "a setting of the center"),
        value=(_K.REFERENCE, "what it is set to"),
    ),
    "alembic_version": _VERSION,
}
"""Tables that each agency, and each region, has in a schema of its own."""
