"""The door: coming in, going out, and letting others in."""

from libs.tenancy.planes import PlaneKind
from services.api.policy.principals import (
    ACCOUNT,
    ADMINS,
    ANYBODY,
    COMING,
    DOOR,
    PEOPLE,
    PROGRAM,
    SIGN_ON,
    Entry,
    entry,
)

ROWS: dict[str, Entry] = {
    # The door.
    "sign_in_page": entry(ANYBODY),
    "sign_in": entry(ANYBODY, DOOR),
    "sign_out": entry(ANYBODY, DOOR),
    **dict.fromkeys(("issue_token", "revoke_token"), entry(ANYBODY, DOOR)),
    "oauth_metadata": entry(ANYBODY),
    "enroll_page": entry(ANYBODY),
    "enrollment_options": entry(ANYBODY, DOOR),
    "enroll": entry(ANYBODY, DOOR),
    "sign_in_options": entry(ANYBODY, DOOR),
    "sign_in_by_passkey": entry(ANYBODY, DOOR),
    "dashboard": ACCOUNT,
    # A center's or region's own sign-in, for its admins and managers; who set it up, too.
    **dict.fromkeys(("center_sign_in_page", "go_to_center_sign_in", "back_from_center", "center_logout"), COMING),
    **dict.fromkeys(("region_sign_in_page", "go_to_region_sign_in", "back_from_region", "region_logout"), COMING),
    **dict.fromkeys(("sign_on_set_up_page", "set_issuer_page", "set_client_page", "try_sign_on_page"), SIGN_ON),
    **dict.fromkeys(("set_groups_page", "switch_sign_on_page", "remove_sign_on_page"), SIGN_ON),
    "prove_by_sign_on_page": ACCOUNT,
    # How I sign in.
    **dict.fromkeys(
        (
            *("account_page", "end_sign_in_page", "end_other_sign_ins_page", "list_sign_ins", "end_sign_in"),
            *("prove_page", "news_seen_page", "rename_passkey_page", "remove_passkey_page", "list_passkeys"),
            *("new_passkey_options", "add_passkey", "rename_passkey", "remove_passkey", "proof_options", "prove"),
        ),
        ACCOUNT,
    ),
    # Whom somebody lets in.
    "access_page": PEOPLE,
    "link_member_page": PEOPLE,
    "list_team": PEOPLE,
    "link_member": PEOPLE,
    "admins_page": ADMINS,
    "add_admin_page": ADMINS,
    "link_admin_page": ADMINS,
    "list_admins": ADMINS,
    # The keys of integrators' systems.
    # Whose webhooks are off, the program alone can read.
    "keys_page": entry(PROGRAM, DOOR, PlaneKind.PROGRAM),
    "list_clients": ADMINS,
    **dict.fromkeys(("add_client", "add_client_page", "remove_client", "remove_client_page"), ADMINS),
    **dict.fromkeys(("rotate_secret", "rotate_secret_page", "end_former_secret", "end_former_secret_page"), ADMINS),
    **dict.fromkeys(("add_public_key", "add_public_key_page", "remove_public_key", "remove_public_key_page"), ADMINS),
    "add_admin": ADMINS,
    **dict.fromkeys(("remove_admin", "remove_admin_page"), ADMINS),
    "link_admin": ADMINS,
}
