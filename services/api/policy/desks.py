"""A center's desk, its workstations, and integrators' machines."""

from libs.tenancy.planes import PlaneKind
from services.api.policy.principals import (
    ANYBODY,
    DESK,
    DOOR,
    HOOKS_READ,
    HOOKS_WRITE,
    PROGRAM,
    REPORT,
    SCIM,
    SHOWN,
    TRY,
    Entry,
    Principal,
    entry,
)

ROWS: dict[str, Entry] = {
    # Desk.
    "desk_page": entry(DESK, PlaneKind.DESK),
    "read_desk": entry(DESK, PlaneKind.DESK),
    "hard_calls_page": entry(DESK, PlaneKind.DESK),
    "offer_support_page": entry(DESK, PlaneKind.DESK),
    "report_list_page": entry(DESK, PlaneKind.DESK),
    "add_station_page": entry(DESK, PlaneKind.DESK),
    "remove_station_page": entry(DESK, PlaneKind.DESK),
    "incident_types_page": entry(DESK, PlaneKind.DESK),
    "put_incident_type_page": entry(DESK, PlaneKind.DESK),
    "offer_support": entry(DESK, PlaneKind.DESK),
    "list_stations": entry(DESK, PlaneKind.DESK),
    "add_station": entry(DESK, PlaneKind.DESK),
    "remove_station": entry(DESK, PlaneKind.DESK),
    "list_incident_types": entry(DESK, PlaneKind.DESK),
    "put_incident_type": entry(DESK, PlaneKind.DESK),
    # The center's directory: its page, and SCIM, by a token of its own kind.
    **dict.fromkeys(("directory_page", "make_directory_token_page"), entry(DESK, PlaneKind.DESK, DOOR)),
    **dict.fromkeys(("end_directory_token_page", "claim_person_page"), entry(DESK, DOOR)),
    **{f"scim_{one}": SCIM for one in ("config", "resource_types", "resource_type", "schemas", "schema")},
    **{f"scim_{one}": SCIM for one in ("search", "search_users", "list_users")},
    **{f"scim_{one}_user": SCIM for one in ("create", "read", "replace", "change", "delete")},
    # A workstation's page: whoever has its address, which nobody can guess.
    "station_page": entry(ANYBODY, DOOR),
    "quiet_station_page": entry(ANYBODY, DOOR),
    "move_station_page": entry(ANYBODY, DOOR),
    # Integrators.
    "receive_eido": REPORT,
    **dict.fromkeys(("receive_hard_calls", "report_incident"), REPORT),
    **dict.fromkeys(("show_roster", "show_roster_csv", "show_roster_photo"), SHOWN),
    "reset_sandbox": TRY,
    "list_agencies": entry(PROGRAM | {Principal.INTEGRATOR}, DOOR, scope="agencies:read"),
    **dict.fromkeys(("list_webhooks", "read_webhook", "list_webhook_deliveries"), HOOKS_READ),
    **dict.fromkeys(("create_webhook", "change_webhook", "delete_webhook", "rotate_webhook_secret"), HOOKS_WRITE),
    **dict.fromkeys(("test_webhook", "replay_webhook", "replay_webhook_delivery"), HOOKS_WRITE),
}
