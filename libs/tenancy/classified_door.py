"""What the door stores: who may sign in, links, sessions, integrators and their tokens."""

from libs.tenancy.classification import Columns, Kind, Retention, kept

_K, _R = Kind, Retention

SHARED: dict[str, Columns] = {
    "account": kept(
        _R.ON_THE_TEAM,
        id=(_K.STAFF_ID, "who may sign in; never a requester"),
        role=(_K.CHOICE, "as what"),
        region_id=(_K.HOME_ID, "in which region"),
        agency_id=(_K.HOME_ID, "of which center, for a center's admin"),
        member_id=(_K.STAFF_ID, "which team member, for peers and coordinators"),
        name=(_K.STAFF, "shown to themselves"),
        created_at=(_K.TIME, "since when"),
    ),
    "sign_in_link": kept(
        _R.LINK,
        token_hash=(_K.SECRET_HASH, "a one-time link to sign in"),
        account_id=(_K.STAFF_ID, "whose"),
        expires_at=(_K.TIME, "until when it works"),
        kind=(_K.CHOICE, "whether it signs in (in a demonstration) or lets a device in"),
    ),
    "passkey": kept(
        _R.PASSKEY,
        id=(_K.RANDOM_ID, "a device that may sign somebody in"),
        account_id=(_K.STAFF_ID, "whom"),
        credential_id=(_K.RANDOM_ID, "as the device calls it"),
        public_key=(_K.TECHNICAL, "against which it signs; of no use to a thief"),
        sign_count=(_K.COUNT, "the device's counter, by which a copy shows itself"),
        name=(_K.STAFF, "as its owner calls it"),
        added_on=(_K.DAY, "since when"),
        last_used_on=(_K.DAY, "when it last signed them in"),
        doubted_on=(_K.DAY, "since when it is refused, as a copy seems to exist"),
    ),
    "challenge": kept(
        _R.CHALLENGE,
        challenge_hash=(_K.SECRET_HASH, "what a device is asked to sign"),
        ceremony=(_K.CHOICE, "for what"),
        account_id=(_K.STAFF_ID, "by whom, where that is known"),
        expires_at=(_K.TIME, "until when it works"),
    ),
    "account_news": kept(
        _R.NEWS,
        id=(_K.RANDOM_ID, "something that happened to how somebody signs in"),
        account_id=(_K.STAFF_ID, "to whom it is told"),
        kind=(_K.CHOICE, "what"),
        happened_on=(_K.DAY, "when"),
    ),
    "sign_in": kept(
        _R.SIGN_IN,
        token_hash=(_K.SECRET_HASH, "a browser that is signed in"),
        account_id=(_K.STAFF_ID, "whose"),
        expires_at=(_K.TIME, "until when it works, unless it is used before"),
        id=(_K.RANDOM_ID, "which one, so that its owner can end it"),
        device=(_K.CHOICE, "browser and system, out of a list of ours"),
        signed_in_on=(_K.DAY, "since when"),
        last_used_at=(_K.TIME, "in which quarter of an hour it was last used"),
        ends_at=(_K.TIME, "until when it works, however much it is used"),
        proved_at=(_K.TIME, "when its owner last proved to be there"),
        passkey_id=(_K.RANDOM_ID, "which passkey began it"),
    ),
    "client": kept(
        _R.CLIENT,
        id=(_K.REFERENCE, "an integrator's machine"),
        region_id=(_K.HOME_ID, "in which region"),
        secret_hash=(_K.SECRET_HASH, "its secret"),
        scope=(_K.CHOICE, "what it may do"),
    ),
    "access_token": kept(
        _R.TOKEN,
        token_hash=(_K.SECRET_HASH, "a machine's way in"),
        client_id=(_K.REFERENCE, "whose"),
        scope=(_K.CHOICE, "what it may do"),
        expires_at=(_K.TIME, "until when it works"),
    ),
}
