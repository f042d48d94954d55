"""The plane table: which plane may do what to which table. Everything that is not here is refused.

`owncall migrate` lays these grants after every upgrade (revoking whatever else there is), the tests compare
them with what each role can really do, and `docs/planes.md` prints from them.

Rows are narrowed further by row-level security: a tenant's role sees its own region's rows alone.
"""

from libs.tenancy.planes import PlaneKind

CARE, DESK, DISPATCH, PROGRAM = PlaneKind.CARE, PlaneKind.DESK, PlaneKind.DISPATCH, PlaneKind.PROGRAM
DOOR, QUEUE, FIGURES, AUDIT = PlaneKind.DOOR, PlaneKind.QUEUE, PlaneKind.FIGURES, PlaneKind.AUDIT
INTRANET = PlaneKind.INTRANET

Grants = dict[str, dict[PlaneKind, tuple[str, ...]]]

ALL_PLANES = tuple(PlaneKind)
_ALL = ("SELECT", "INSERT", "UPDATE", "DELETE")
_EVERYBODY_READS: dict[PlaneKind, tuple[str, ...]] = dict.fromkeys(ALL_PLANES, ("SELECT",))
_EVERYBODY_INSERTS: dict[PlaneKind, tuple[str, ...]] = dict.fromkeys(
    (kind for kind in ALL_PLANES if kind is not INTRANET), ("INSERT",)
)

MEMBER_COLUMNS_FOR_DISPATCH = (
    "id",
    "region_id",
    "agency_id",
    "name",
    "leads",
    "level",
    "discipline",
    "time_zone",
    "duty_phone",
    "languages",
    "time_zone",
    "training_hours",
    "suspended_on",
)
"""What paging and schedules need of the roster. E-mail and own number stay in the program plane."""

ONBOARDING_COLUMNS_FOR_PROGRAM = (
    "id",
    "region_id",
    "asked_by",
    "fcc_id",
    "slug",
    "name",
    "discipline",
    "state",
    "county",
    "city",
)
"""What a program manager asks with. What became of it, and when it is tried, the registrar alone writes."""

PERSON_COLUMNS_OF_DESK = (
    "id",
    "agency_id",
    "user_name",
    "external_id",
    "display_name",
    "is_active",
    "role",
    "version",
    "created_at",
    "changed_at",
)
"""What a center's directory says, and reads again. Whose account that is, it can neither read nor write."""

LEAD_COLUMNS_FOR_THE_DOOR = ("member_id", "role")
SUSPENDED_COLUMNS_FOR_THE_DOOR = ("id", "suspended_on")
"""What a session's role follows from, for whoever leads or is suspended; rows of others the door does not see."""

STATION_COLUMNS_FOR_DESK = ("id", "agency_id", "position")
"""What a center reads of its pages at workstations; not who sitting there wants no offers."""

EXCHANGE_COLUMNS_THAT_MOVE = (
    "approval_id",
    "state",
    "outcome",
    "decided_by",
    "is_remote_only",
    "team",
    "offered_until",
    "closed_at",
)
"""Between which two regions an exchange is, and of what, stays as it was begun."""

PHOTO_COLUMNS_FOR_PROGRAM = ("member_id", "region_id")
"""What ending somebody's photo takes; not what is on it."""

SHARED: Grants = {
    "region": _EVERYBODY_READS,
    "agency": {**_EVERYBODY_READS, PROGRAM: ("SELECT", "UPDATE (name, status)")},
    "psap_catalogue": {PROGRAM: ("SELECT",)},
    "registry_import": {PROGRAM: ("SELECT",)},
    "registry_change": {PROGRAM: ("SELECT",)},
    "onboarding": {PROGRAM: ("SELECT", f"INSERT ({', '.join(ONBOARDING_COLUMNS_FOR_PROGRAM)})", "DELETE")},
    "account": {DOOR: _ALL},
    "sign_in_link": {DOOR: _ALL},
    "sign_in": {DOOR: _ALL},
    "passkey": {DOOR: _ALL},
    "challenge": {DOOR: _ALL},
    "account_news": {DOOR: _ALL},
    "sign_on_provider": {DOOR: _ALL},
    "sign_on_identity": {DOOR: _ALL},
    "sign_on_attempt": {DOOR: _ALL},
    "sign_on_logout": {DOOR: _ALL},
    "client": {DOOR: _ALL},
    "client_assertion": {DOOR: _ALL},
    "access_token": {DOOR: _ALL},
    "provisioning_token": {DOOR: _ALL},
    # A directory's people: no plane that writes them can touch an account, and the other way round (decision 0034).
    "desk_person": {
        DESK: (*(f"{verb} ({', '.join(PERSON_COLUMNS_OF_DESK)})" for verb in ("SELECT", "INSERT", "UPDATE")), "DELETE"),
        DOOR: ("SELECT", "UPDATE (account_id)"),
    },
    "receipt_route": {DOOR: ("SELECT", "UPDATE", "DELETE"), CARE: ("INSERT",)},
    "callout": {DISPATCH: ("SELECT", "UPDATE"), CARE: ("INSERT",)},
    "copy": {DISPATCH: ("SELECT", "DELETE"), CARE: ("INSERT",)},
    "offer": {DISPATCH: _ALL},
    "page": {DISPATCH: _ALL},
    "availability": {DISPATCH: _ALL},
    "paging_policy": {PROGRAM: ("SELECT", "INSERT"), DISPATCH: ("SELECT",)},
    "contact_attempt": {DISPATCH: _ALL},
    "time_mark": {DISPATCH: ("INSERT",), FIGURES: ("SELECT", "DELETE")},
    "time_figure": {FIGURES: ("SELECT", "INSERT"), DOOR: ("SELECT",)},
    "unanswered": {DISPATCH: ("SELECT", "INSERT", "UPDATE"), PROGRAM: ("SELECT",)},
    "own_limits": {DISPATCH: _ALL},
    "away": {DISPATCH: _ALL, PROGRAM: ("SELECT",)},
    "reach": {DISPATCH: _ALL},
    "channel_code": {DISPATCH: _ALL},
    "limit_policy": {PROGRAM: _ALL, DISPATCH: ("SELECT",)},
    "drive": {PROGRAM: _ALL, DISPATCH: ("SELECT",)},
    "intranet_place": {PROGRAM: _ALL, INTRANET: ("SELECT",)},
    "not_shown": {DISPATCH: ("SELECT", "INSERT", "DELETE")},
    # A peer's own; the program ends it when they leave, and sees it where everybody does (decision 0039).
    "photo": {DISPATCH: _ALL, PROGRAM: (f"SELECT ({', '.join(PHOTO_COLUMNS_FOR_PROGRAM)})", "DELETE")},
    "shown_peer": {PROGRAM: ("SELECT",), INTRANET: ("SELECT",)},
    "contact_cell": {DISPATCH: ("SELECT", "INSERT", "UPDATE")},
    "decision": {DISPATCH: ("SELECT", "INSERT", "DELETE")},
    "member": {
        PROGRAM: _ALL,
        DISPATCH: (f"SELECT ({', '.join(MEMBER_COLUMNS_FOR_DISPATCH)})",),
        DOOR: (f"SELECT ({', '.join(SUSPENDED_COLUMNS_FOR_THE_DOOR)})",),
    },
    "team": {PROGRAM: _ALL, DISPATCH: ("SELECT",)},
    "membership": {
        PROGRAM: _ALL,
        DISPATCH: ("SELECT",),
        DOOR: (f"SELECT ({', '.join(LEAD_COLUMNS_FOR_THE_DOOR)})",),
    },
    "training_module": {PROGRAM: _ALL, DISPATCH: ("SELECT",)},
    "approval": {PROGRAM: ("SELECT", "INSERT", "UPDATE")},
    "follow_up": {DISPATCH: _ALL},
    "approver": {PROGRAM: _ALL},
    "agreement": {PROGRAM: _ALL, DISPATCH: ("SELECT",)},
    # Between two regions: each writes it in dispatch, and its managers see how it stands (decision 0041).
    "exchange": {
        DISPATCH: ("SELECT", "INSERT", f"UPDATE ({', '.join(EXCHANGE_COLUMNS_THAT_MOVE)})", "DELETE"),
        PROGRAM: ("SELECT",),
    },
    # Deleted in a sandbox alone: row-level security lets no real one go (decision 0043).
    "incident": {PROGRAM: ("SELECT", "INSERT", "DELETE"), DISPATCH: ("SELECT",), DESK: ("SELECT", "INSERT")},
    "deployment": {PROGRAM: _ALL, DISPATCH: ("SELECT", "UPDATE"), DESK: ("SELECT",)},
    "slot": {PROGRAM: ("SELECT", "INSERT", "UPDATE"), DISPATCH: ("SELECT", "UPDATE"), DESK: ("SELECT",)},
    "invitation": {PROGRAM: ("SELECT", "INSERT", "UPDATE"), DISPATCH: ("SELECT", "INSERT", "UPDATE")},
    "run_card": {PROGRAM: _ALL},
    "response_window": {PROGRAM: _ALL},
    "hard_call_rule": {DESK: _ALL},
    # A center makes pages and offers and reads neither who is quiet nor what is offered (decision 0026).
    "station": {
        DESK: (f"SELECT ({', '.join(STATION_COLUMNS_FOR_DESK)})", "INSERT", "DELETE"),
        DOOR: ("SELECT", "UPDATE (address_hash, is_quiet)"),
    },
    "private_offer": {DESK: ("INSERT",), DOOR: ("SELECT", "DELETE")},
    # Each role reads what it was asked itself alone; the door deletes what is over, of all of them, unread.
    "kept_answer": {
        **dict.fromkeys((DESK, PROGRAM), ("SELECT", "INSERT", "UPDATE")),
        DOOR: _ALL,
    },
    # Written by coordinators and managers in the program plane; in dispatch peers take, swap and give back.
    "schedule": {PROGRAM: _ALL, DISPATCH: ("SELECT", "UPDATE (expanded_until)")},
    "rotation": {PROGRAM: _ALL, DISPATCH: ("SELECT",)},
    "rotation_place": {PROGRAM: _ALL, DISPATCH: ("SELECT",)},
    "sign_up": {PROGRAM: _ALL, DISPATCH: ("SELECT", "UPDATE (peer_id)")},
    "swap": {PROGRAM: _ALL, DISPATCH: _ALL},
    "shift_override": {PROGRAM: _ALL, DISPATCH: _ALL},
    "duty": {PROGRAM: _ALL, DISPATCH: _ALL},
    "swap_notice": {DISPATCH: _ALL},
    "calendar_feed": {DOOR: _ALL},
    # Webhooks: the plane that writes them cannot read a request, a callout, an offer or a page (decision 0029).
    "webhook_endpoint": {PROGRAM: _ALL},
    "webhook_delivery": {PROGRAM: _ALL},
    "job": {**_EVERYBODY_INSERTS, QUEUE: _ALL},
    "event": {**_EVERYBODY_INSERTS, AUDIT: ("SELECT", "INSERT")},
}
"""Tables of schema `shared`, and its views."""

VIEWS = frozenset({"shown_peer"})
"""Which of them are views: they have no model, and say themselves which rows a role sees."""

TENANT: Grants = {
    "request": {CARE: _ALL},
    "setting": {DESK: _ALL},
}
"""Tables that each agency has in a schema of its own; a region has them too, without a desk."""

TENANT_PLANES = (CARE, DESK, DISPATCH, PROGRAM)
"""Planes of which each tenant has a role of its own; they inherit the grants on shared tables from a group."""
