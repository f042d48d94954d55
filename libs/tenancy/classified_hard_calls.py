"""What hard calls leave: rules, pages at workstations, offers that go by themselves; answers kept for a day."""

from libs.tenancy.classification import Columns, Kind, Retention, kept

_K, _R = Kind, Retention

SHARED: dict[str, Columns] = {
    "hard_call_rule": kept(
        _R.SERVED,
        agency_id=(_K.HOME_ID, "of which center"),
        code=(_K.REFERENCE, "which type of incident, as its dispatch system calls it"),
        action=(_K.CHOICE, "what follows: nothing, an offer, a team proposed"),
        incident_type=(_K.CHOICE, "which kind of critical incident a team is proposed for"),
    ),
    "station": kept(
        _R.SERVED,
        id=(_K.RANDOM_ID, "a page at a workstation"),
        agency_id=(_K.HOME_ID, "of which center"),
        position=(_K.REFERENCE, "which position, as the dispatch system numbers it; nobody's name"),
        address_hash=(_K.SECRET_HASH, "the page's address"),
        is_quiet=(_K.CHOICE, "whether whoever sits there wants no offers; the center cannot read it"),
    ),
    "private_offer": kept(
        _R.OFFERED,
        id=(_K.SECRET_HASH, "an offer, so that the same report makes none twice"),
        agency_id=(_K.HOME_ID, "at which center, which cannot read it"),
        place_hash=(_K.SECRET_HASH, "which workstation's page shows it; whether it was opened is not stored"),
        ends_at=(_K.TIME, "until when"),
    ),
    "kept_answer": kept(
        _R.ANSWERED,
        owner=(_K.TECHNICAL, "the database role that alone reads it"),
        client=(_K.REFERENCE, "which machine, or which account of staff, was answered"),
        route=(_K.REFERENCE, "by which operation"),
        key_hash=(_K.SECRET_HASH, "its Idempotency-Key"),
        request_mac=(_K.SECRET_HASH, "what it sent, so that another request by the same key is told apart"),
        status=(_K.STATE, "what it was answered"),
        body=(_K.TECHNICAL, "the answer, to be given again, without what is secret in it"),
        ends_at=(_K.TIME, "until when"),
    ),
}
"""Tables of schema `shared`."""
CLIENT: Columns = kept(_R.CLIENT, agency_id=(_K.HOME_ID, "of which center; none is the whole region's"))
"""What a client has more."""
