"""The policy table: who may call which route, and which planes the route enters. No entry, no start.

Enforced for every route by `deps.authorize`, and walked in full by the tests.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from libs.tenancy.planes import PlaneKind


class Principal(StrEnum):
    """Who can stand before a route."""

    ANYBODY = "anybody"
    PEER = "peer"
    COORDINATOR = "coordinator"
    PROGRAM_MANAGER = "program_manager"
    PSAP_ADMIN = "psap_admin"
    INTEGRATOR = "integrator"
    DIRECTORY = "directory"


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the table.

    Attributes:
        principals: who may call.
        planes: what the handler enters; a plane dependency outside of these is a bug and raises.
        scope: what an integrator's token must carry; no scope reads care.
    """

    principals: frozenset[Principal]
    planes: frozenset[PlaneKind] = field(default_factory=frozenset)
    scope: str | None = None


def _entry(principals: set[Principal], *planes: PlaneKind, scope: str | None = None) -> Entry:
    return Entry(frozenset(principals), frozenset(planes), scope)


_ANYBODY = {Principal.ANYBODY}
_PEERS = {Principal.PEER, Principal.COORDINATOR}
_COORDINATOR = {Principal.COORDINATOR}
_PROGRAM = {Principal.PROGRAM_MANAGER}
_DESK = {Principal.PSAP_ADMIN}
_SIGNED_IN = {*_PEERS, *_PROGRAM, *_DESK}

_DOOR, _CARE, _DISPATCH = PlaneKind.DOOR, PlaneKind.CARE, PlaneKind.DISPATCH
_RECEIPT = _entry(_ANYBODY, _DOOR, _CARE, _DISPATCH)
_ASK = _entry(_ANYBODY, _DISPATCH, _CARE, _DOOR)
_PEER = _entry(_PEERS, _DISPATCH)
_BOARD = _entry(_COORDINATOR, _DISPATCH)
_ACCOUNT = _entry(_SIGNED_IN, _DOOR)
_PEOPLE = _entry(_COORDINATOR, _DISPATCH, _DOOR)
_ADMINS = _entry(_PROGRAM, _DOOR)
_COMING = _entry(_ANYBODY, _DOOR)
_SIGN_ON = _entry(_DESK | _PROGRAM, _DOOR)
_MANAGE = _entry(_PROGRAM, PlaneKind.PROGRAM)
_PLAN = _entry(_COORDINATOR | _PROGRAM, PlaneKind.PROGRAM)
# Deployments are no secret: coordinators lead them in the program's plane, as managers do.
_LEAD = _entry(_PROGRAM | _COORDINATOR, PlaneKind.PROGRAM)
# What a center's own systems report to its desk.
_REPORT = _entry(_DESK | {Principal.INTEGRATOR}, PlaneKind.DESK, scope="incidents:write")
_SCIM = _entry({Principal.DIRECTORY}, PlaneKind.DESK)
_HOOKS_READ = _entry({Principal.INTEGRATOR}, PlaneKind.PROGRAM, scope="webhooks:read")
_HOOKS_WRITE = _entry({Principal.INTEGRATOR}, PlaneKind.PROGRAM, scope="webhooks:write")

POLICY: dict[str, Entry] = {
    # Pages for everybody.
    "home": _entry(_ANYBODY, _DOOR),
    "ask_region_page": _entry(_ANYBODY, _DOOR, _DISPATCH),
    "ask_agency_page": _entry(_ANYBODY, _DOOR, _DISPATCH),
    "trust_page": _entry(_ANYBODY, _DOOR),
    "code_page": _entry(_ANYBODY, _DOOR),
    "leave": _entry(_ANYBODY),
    "problem_page": _entry(_ANYBODY),
    "livez": _entry(_ANYBODY),
    "readyz": _entry(_ANYBODY, _DOOR),
    # The requester: a receipt, nothing else, ever.
    "ask": _ASK,
    "status_page": _RECEIPT,
    "status_live": _RECEIPT,
    "confirm_page": _RECEIPT,
    "close_page": _RECEIPT,
    "withdraw_page": _RECEIPT,
    "create_request": _ASK,
    "request_status": _RECEIPT,
    "confirm_contact": _RECEIPT,
    "close_request": _RECEIPT,
    "withdraw_request": _RECEIPT,
    "move_check_in_page": _RECEIPT,
    "stop_check_in_page": _RECEIPT,
    "choose_check_in_page": _RECEIPT,
    "list_follow_ups": _RECEIPT,
    "move_follow_up": _RECEIPT,
    "stop_follow_ups": _RECEIPT,
    "choose_follow_ups": _RECEIPT,
    "ask_again_page": _RECEIPT,
    "ask_again": _RECEIPT,
    # The door.
    "sign_in_page": _entry(_ANYBODY),
    "sign_in": _entry(_ANYBODY, _DOOR),
    "sign_out": _entry(_ANYBODY, _DOOR),
    "issue_token": _entry(_ANYBODY, _DOOR),
    "enroll_page": _entry(_ANYBODY),
    "enrollment_options": _entry(_ANYBODY, _DOOR),
    "enroll": _entry(_ANYBODY, _DOOR),
    "sign_in_options": _entry(_ANYBODY, _DOOR),
    "sign_in_by_passkey": _entry(_ANYBODY, _DOOR),
    "dashboard": _ACCOUNT,
    # A center's or region's own sign-in, for its admins and managers; who set it up, too.
    **dict.fromkeys(("center_sign_in_page", "go_to_center_sign_in", "back_from_center", "center_logout"), _COMING),
    **dict.fromkeys(("region_sign_in_page", "go_to_region_sign_in", "back_from_region", "region_logout"), _COMING),
    **dict.fromkeys(("sign_on_set_up_page", "set_issuer_page", "set_client_page", "try_sign_on_page"), _SIGN_ON),
    **dict.fromkeys(("set_groups_page", "switch_sign_on_page", "remove_sign_on_page"), _SIGN_ON),
    "prove_by_sign_on_page": _ACCOUNT,
    # How I sign in.
    **dict.fromkeys(
        (
            *("account_page", "end_sign_in_page", "end_other_sign_ins_page", "list_sign_ins", "end_sign_in"),
            *("prove_page", "news_seen_page", "rename_passkey_page", "remove_passkey_page", "list_passkeys"),
            *("new_passkey_options", "add_passkey", "rename_passkey", "remove_passkey", "proof_options", "prove"),
        ),
        _ACCOUNT,
    ),
    # Whom somebody lets in.
    "access_page": _PEOPLE,
    "link_member_page": _PEOPLE,
    "list_team": _PEOPLE,
    "link_member": _PEOPLE,
    "admins_page": _ADMINS,
    "add_admin_page": _ADMINS,
    "link_admin_page": _ADMINS,
    "list_admins": _ADMINS,
    "add_admin": _ADMINS,
    "link_admin": _ADMINS,
    # Peers.
    "peer_page": _PEER,
    "peer_live": _PEER,
    "set_availability_page": _PEER,
    "accept_offer_page": _PEER,
    "decline_offer_page": _PEER,
    "recuse_offer_page": _PEER,
    "list_offers": _PEER,
    "accept_offer": _PEER,
    "decline_offer": _PEER,
    "recuse_offer": _PEER,
    "list_contacts": _PEER,
    "set_availability": _PEER,
    "check_in_done_page": _PEER,
    "check_in_tried_page": _PEER,
    "pass_check_in_on_page": _PEER,
    "list_my_follow_ups": _PEER,
    "follow_up_done": _PEER,
    "follow_up_tried": _PEER,
    "pass_follow_up_on": _PEER,
    "give_back_page": _PEER,
    "hand_over_page": _PEER,
    "note_attempt_page": _PEER,
    "give_back": _PEER,
    "list_colleagues": _PEER,
    "hand_over": _PEER,
    "note_attempt": _PEER,
    "demo_mail_page": _entry(_PEERS),
    # Their own shifts: peers take, swap and give back in dispatch.
    "list_shifts": _PEER,
    "list_on_duty": _PEER,
    "list_open_shifts": _PEER,
    "take_open_shift": _PEER,
    "give_open_shift_back": _PEER,
    "list_swaps": _PEER,
    "ask_for_swap": _PEER,
    "take_swap": _PEER,
    "undo_swap": _PEER,
    "cancel_swap": _PEER,
    "shifts_page": _entry(_PEERS, _DISPATCH, _DOOR),
    "take_open_shift_page": _PEER,
    "give_open_shift_back_page": _PEER,
    "ask_for_swap_page": _PEER,
    "take_swap_page": _PEER,
    "undo_swap_page": _PEER,
    "cancel_swap_page": _PEER,
    "make_calendar_link_page": _entry(_PEERS, _DISPATCH, _DOOR),
    "end_calendar_link_page": _entry(_PEERS, _DOOR),
    "make_calendar_link": _entry(_PEERS, _DOOR),
    "end_calendar_link": _entry(_PEERS, _DOOR),
    "calendar_file": _entry(_ANYBODY, _DOOR, _DISPATCH),
    # A team's schedule, planned in the program plane by its coordinators and the manager alike (decision 0016).
    "schedules_page": _PLAN,
    "schedule_page": _PLAN,
    "set_policy_page": _PLAN,
    "add_override_page": _PLAN,
    "end_override_page": _PLAN,
    "offer_open_shifts_page": _PLAN,
    "withdraw_open_shift_page": _PLAN,
    "approve_swap_page": _PLAN,
    "refuse_swap_page": _PLAN,
    "call_swap_off_page": _PLAN,
    "rotation_page": _PLAN,
    "change_rotation_page": _PLAN,
    "end_rotation_page": _PLAN,
    "new_rotation_page": _PLAN,
    "add_rotation_page": _PLAN,
    "list_schedules": _PLAN,
    "read_schedule": _PLAN,
    "change_schedule": _PLAN,
    "list_team_shifts": _PLAN,
    "read_coverage": _PLAN,
    "add_rotation": _PLAN,
    "read_rotation": _PLAN,
    "change_rotation": _PLAN,
    "end_rotation": _PLAN,
    "add_override": _PLAN,
    "end_override": _PLAN,
    "offer_open_shifts": _PLAN,
    "withdraw_open_shift": _PLAN,
    "approve_swap": _PLAN,
    "refuse_swap": _PLAN,
    "call_swap_off": _PLAN,
    "limits_page": _PEER,
    "say_limits_page": _PEER,
    "go_away_page": _PEER,
    "come_back_page": _PEER,
    "rate_page": _PEER,
    "ready_page": _PEER,
    "log_contact_page": _PEER,
    # Coordinators.
    "board_page": _BOARD,
    "people_page": _BOARD,
    "board_live": _BOARD,
    "take_page": _BOARD,
    "list_waiting": _BOARD,
    "list_board": _BOARD,
    "take_waiting": _BOARD,
    "let_in_page": _BOARD,
    "turn_away_page": _BOARD,
    "list_undecided": _BOARD,
    "let_in": _BOARD,
    "turn_away": _BOARD,
    "take_check_in_page": _BOARD,
    "list_overdue_follow_ups": _BOARD,
    "take_follow_up": _BOARD,
    # Program managers.
    "approvals_page": _MANAGE,
    "region_limits_page": _MANAGE,
    "set_region_limits_page": _MANAGE,
    "set_drives_page": _MANAGE,
    "approvals_live": _MANAGE,
    "approve_page": _MANAGE,
    "decline_page": _MANAGE,
    "hand_on_page": _MANAGE,
    "undo_page": _MANAGE,
    "rota_page": _MANAGE,
    "agencies_page": _MANAGE,
    "agencies_live": _MANAGE,
    "add_agencies_page": _MANAGE,
    "preview_agencies_page": _MANAGE,
    "onboard_agencies_page": _MANAGE,
    "by_hand_page": _MANAGE,
    "add_by_hand_page": _MANAGE,
    "put_away_page": _MANAGE,
    "put_all_away_page": _MANAGE,
    "registry_page": _MANAGE,
    "agency_page": _MANAGE,
    "rename_agency_page": _MANAGE,
    "suspend_agency_page": _MANAGE,
    "resume_agency_page": _MANAGE,
    "list_catalogue": _MANAGE,
    "read_last_import": _MANAGE,
    "read_agency": _MANAGE,
    "change_agency": _MANAGE,
    "list_onboardings": _MANAGE,
    "create_onboardings": _MANAGE,
    "put_onboarding_away": _MANAGE,
    "list_approvals": _MANAGE,
    "read_unanswered": _MANAGE,
    # How it is paged: coordinators look, too.
    "policies_page": _PLAN,
    "policy_page": _MANAGE,
    "change_policy_page": _MANAGE,
    "list_policies": _PLAN,
    "read_policy": _PLAN,
    "change_policy": _MANAGE,
    "approve": _MANAGE,
    "decline": _MANAGE,
    "hand_on": _MANAGE,
    "undo_decision": _MANAGE,
    "list_approvers": _MANAGE,
    "stand_on_rota": _MANAGE,
    "agreements_page": _MANAGE,
    "add_agreement_page": _MANAGE,
    "end_agreement_page": _MANAGE,
    "list_agreements": _MANAGE,
    "create_agreement": _MANAGE,
    "end_agreement": _MANAGE,
    # The roster: who is in it, never what anybody does.
    "roster_page": _MANAGE,
    "import_page": _MANAGE,
    "preview_page": _MANAGE,
    "apply_page": _MANAGE,
    "template_file": _MANAGE,
    "example_file": _MANAGE,
    "export_file": _MANAGE,
    "member_page": _MANAGE,
    "edit_member_page": _MANAGE,
    "suspend_member_page": _MANAGE,
    "list_members": _MANAGE,
    "read_template": _MANAGE,
    "export_members": _MANAGE,
    "preview_import": _MANAGE,
    "import_members": _MANAGE,
    "read_member": _MANAGE,
    "change_member": _MANAGE,
    # Deployments.
    "list_deployments": _LEAD,
    "create_deployment": _LEAD,
    "read_deployment": _LEAD,
    "create_another": _LEAD,
    "propose_team": _LEAD,
    "pass_over_member": _LEAD,
    "fill_team": _LEAD,
    "ask_member": _LEAD,
    "replace_member": _LEAD,
    "go_with_fewer": _LEAD,
    "change_deployment": _LEAD,
    "finish_deployment": _LEAD,
    "cancel_deployment": _LEAD,
    "note_debrief": _LEAD,
    "list_run_cards": _LEAD,
    "put_run_card": _LEAD,
    "put_response_window": _LEAD,
    "list_invitations": _PEER,
    "accept_invitation": _PEER,
    "decline_invitation": _PEER,
    "take_step": _PEER,
    "drop_out": _PEER,
    "deployments_page": _LEAD,
    "deployments_live": _LEAD,
    "new_deployment_page": _LEAD,
    "open_deployment_page": _LEAD,
    "deployment_page": _LEAD,
    "deployment_live": _LEAD,
    "propose_team_page": _LEAD,
    "pass_over_page": _LEAD,
    "fill_team_page": _LEAD,
    "ask_member_page": _LEAD,
    "replace_member_page": _LEAD,
    "go_with_fewer_page": _LEAD,
    "change_deployment_page": _LEAD,
    "another_page": _LEAD,
    "finish_page": _LEAD,
    "cancel_page": _LEAD,
    "note_debrief_page": _LEAD,
    "run_cards_page": _LEAD,
    "put_run_card_page": _LEAD,
    "put_window_page": _LEAD,
    "my_deployments_page": _PEER,
    "my_deployments_live": _PEER,
    "accept_invitation_page": _PEER,
    "decline_invitation_page": _PEER,
    "take_step_page": _PEER,
    "drop_out_page": _PEER,
    "incidents_page": _entry(_DESK, PlaneKind.DESK),
    "incidents_live": _entry(_DESK, PlaneKind.DESK),
    "new_incident_page": _entry(_DESK, PlaneKind.DESK),
    "open_incident_page": _entry(_DESK, PlaneKind.DESK),
    "list_incidents": _entry(_DESK, PlaneKind.DESK),
    "open_incident": _entry(_DESK, PlaneKind.DESK),
    # Desk.
    "desk_page": _entry(_DESK, PlaneKind.DESK),
    "read_desk": _entry(_DESK, PlaneKind.DESK),
    "hard_calls_page": _entry(_DESK, PlaneKind.DESK),
    "offer_support_page": _entry(_DESK, PlaneKind.DESK),
    **dict.fromkeys(("add_station_page", "remove_station_page"), _entry(_DESK, PlaneKind.DESK)),
    "incident_types_page": _entry(_DESK, PlaneKind.DESK),
    "put_incident_type_page": _entry(_DESK, PlaneKind.DESK),
    "offer_support": _entry(_DESK, PlaneKind.DESK),
    **dict.fromkeys(("list_stations", "add_station", "remove_station"), _entry(_DESK, PlaneKind.DESK)),
    "list_incident_types": _entry(_DESK, PlaneKind.DESK),
    "put_incident_type": _entry(_DESK, PlaneKind.DESK),
    # The center's directory: its page, and SCIM, by a token of its own kind.
    **dict.fromkeys(("directory_page", "make_directory_token_page"), _entry(_DESK, PlaneKind.DESK, _DOOR)),
    **dict.fromkeys(("end_directory_token_page", "claim_person_page"), _entry(_DESK, _DOOR)),
    **{f"scim_{one}": _SCIM for one in ("config", "resource_types", "resource_type", "schemas", "schema")},
    **{f"scim_{one}": _SCIM for one in ("search", "search_users", "list_users")},
    **{f"scim_{one}_user": _SCIM for one in ("create", "read", "replace", "change", "delete")},
    # A workstation's page: whoever has its address, which nobody can guess.
    "station_page": _entry(_ANYBODY, _DOOR),
    "quiet_station_page": _entry(_ANYBODY, _DOOR),
    "move_station_page": _entry(_ANYBODY, _DOOR),
    # Integrators.
    "receive_eido": _REPORT,
    "receive_hard_calls": _REPORT,
    "list_agencies": _entry(_PROGRAM | {Principal.INTEGRATOR}, _DOOR, scope="agencies:read"),
    **dict.fromkeys(("list_webhooks", "read_webhook", "list_webhook_deliveries"), _HOOKS_READ),
    **dict.fromkeys(("create_webhook", "change_webhook", "delete_webhook", "rotate_webhook_secret"), _HOOKS_WRITE),
    **dict.fromkeys(("test_webhook", "replay_webhook", "replay_webhook_delivery"), _HOOKS_WRITE),
}
