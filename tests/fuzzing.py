"""T7: schemathesis over every operation of /v1, as somebody who may: no 5xx, and every answer is a declared one."""

import asyncio
import json
import re
import sys
from base64 import b64encode
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from libs.peer.clients import actions as clients
from libs.peer.clients.actions import NewClient
from libs.peer.clients.models import Scope
from services.api.policy import Principal
from services.cli import demo
from tests import principals, processes
from tests.databases import Copy
from tests.principals import laid
from tests.verify import record
from tests.world import World, open_world, peer_id

_CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"
_REGIONS, _AGENCIES = ("heartland", "kansas-city", "nowhere"), ("redbank", "bluestem", "nowhere")
_REAL_IDS = 0.6
_SYSTEM, _SANDBOX = "t1_hooks_own", "fuzz_sandbox"

Headers = dict[str, str]


@dataclass(frozen=True)
class Ground:
    """A database in which anything may be asked for, an API on it, and what it can be asked about.

    Attributes:
        values: what stands for a parameter, or for a field of a body, more often than what schemathesis thinks of.
    """

    world: World
    base: str
    values: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Part:
    """Operations that one caller may all call, and who that is.

    Attributes:
        who: what they send along to come in.
    """

    principal: Principal
    who: Callable[[World], Awaitable[Headers]]
    operations: tuple[str, ...]


async def _nobody(_world: World) -> Headers:
    return {}


def _person(account: UUID) -> Callable[[World], Awaitable[Headers]]:
    async def signs_in(world: World) -> Headers:
        return {"Cookie": f"owncall_demo={await world.signs_in(account)}"}

    return signs_in


def _system(name: str, *scopes: Scope) -> Callable[[World], Awaitable[Headers]]:
    async def takes_token(world: World) -> Headers:
        region = await world.heartland()
        if name == _SANDBOX:
            sandbox = (await world.planes.tenants()).sandbox_of(region)
            assert sandbox is not None
            region = sandbox
        scope = " ".join(scopes)
        async with world.planes.door() as door:
            await clients.put(door, NewClient(name, region_id=region.id, secret=name, scope=scope))
            return {"Authorization": f"Bearer {await clients.issue_access_token(door, name, scope)}"}

    return takes_token


async def _by_secret(world: World) -> Headers:
    await _system(_SYSTEM, Scope.AGENCIES_READ)(world)
    return {"Authorization": f"Basic {b64encode(f'{_SYSTEM}:{_SYSTEM}'.encode()).decode()}"}


PARTS = {
    "whoever asks": Part(
        Principal.ANYBODY,
        _nobody,
        (
            *("create_request", "request_status", "confirm_contact", "ask_again", "close_request", "withdraw_request"),
            "go_there",
            *("list_follow_ups", "move_follow_up", "stop_follow_ups", "choose_follow_ups"),
            *("show_figures", "show_figures_csv"),
        ),
    ),
    "whoever stands at the door": Part(
        Principal.ANYBODY,
        _nobody,
        (
            *("center_logout", "region_logout", "enrollment_options", "enroll", "sign_in_options"),
            "sign_in_by_passkey",
        ),
    ),
    "a peer": Part(
        Principal.PEER,
        _person(peer_id("cleo")),
        (
            *("list_offers", "accept_offer", "decline_offer", "recuse_offer", "list_contacts", "give_back"),
            *("list_colleagues", "hand_over", "note_attempt", "get_availability", "set_availability"),
            *("list_channels", "ask_for_code", "prove_channel"),
            *("list_my_follow_ups", "follow_up_done", "follow_up_tried", "pass_follow_up_on"),
            *("list_shifts", "list_on_duty", "list_open_shifts", "take_open_shift", "give_open_shift_back"),
            *("list_swaps", "ask_for_swap", "take_swap", "undo_swap", "cancel_swap"),
            *("make_calendar_link", "end_calendar_link"),
            *("list_invitations", "accept_invitation", "decline_invitation", "take_step", "drop_out"),
        ),
    ),
    "somebody with passkeys": Part(
        Principal.PEER,
        _person(peer_id("ben")),
        (
            *("list_sign_ins", "list_passkeys", "new_passkey_options", "add_passkey", "rename_passkey"),
            *("remove_passkey", "proof_options", "prove"),
        ),
    ),
    "a coordinator": Part(
        Principal.COORDINATOR,
        _person(peer_id("mara")),
        (
            *("list_overdue_follow_ups", "take_follow_up", "list_waiting", "list_board"),
            *("take_waiting", "list_undecided", "let_in", "turn_away"),
            *("list_schedules", "read_schedule", "change_schedule", "list_team_shifts", "read_coverage"),
            *("add_rotation", "read_rotation", "change_rotation", "end_rotation", "add_override", "end_override"),
            *("offer_open_shifts", "withdraw_open_shift", "approve_swap", "refuse_swap", "call_swap_off"),
            *("list_policies", "read_policy"),
            *("list_deployments", "create_deployment", "read_deployment", "create_another", "propose_team"),
            *("pass_over_member", "fill_team", "ask_member", "replace_member", "go_with_fewer", "change_deployment"),
            *("finish_deployment", "cancel_deployment", "note_debrief", "note_one_on_ones"),
            *("list_run_cards", "put_run_card", "put_response_window"),
        ),
    ),
    "the manager": Part(
        Principal.PROGRAM_MANAGER,
        _person(demo.MANAGER),
        (
            *("list_agreements", "create_agreement", "end_agreement", "list_approvals", "read_unanswered"),
            *("approve", "decline", "hand_on", "undo_decision", "list_approvers", "stand_on_rota", "change_policy"),
            *("list_members", "read_template", "export_members", "preview_import", "import_members"),
            *("read_member", "change_member"),
        ),
    ),
    # Elsewhere, as they end what lets people and systems in: here they would end that of who calls the rest.
    "a manager elsewhere": Part(
        Principal.PROGRAM_MANAGER,
        _person(principals.MANAGER),
        (
            *("list_admins", "add_admin", "link_admin", "remove_admin", "list_clients", "add_client", "remove_client"),
            *("rotate_secret", "end_former_secret", "add_public_key", "remove_public_key"),
        ),
    ),
    "a coordinator elsewhere": Part(Principal.COORDINATOR, _person(principals.PEER), ("list_team", "link_member")),
    "a manager who begins": Part(
        Principal.PROGRAM_MANAGER,
        _person(demo.YOUR_MANAGER),
        (
            *("list_catalogue", "read_last_import", "list_agencies", "read_agency", "change_agency"),
            *("list_onboardings", "create_onboardings", "put_onboarding_away"),
        ),
    ),
    "a center's admin": Part(
        Principal.PSAP_ADMIN,
        _person(demo.ADMIN),
        (
            *("list_incidents", "open_incident", "read_desk", "offer_support", "receive_eido", "receive_hard_calls"),
            *("list_stations", "add_station", "remove_station", "list_incident_types", "put_incident_type"),
        ),
    ),
    "a system": Part(
        Principal.INTEGRATOR,
        _system(_SYSTEM, *(scope for scope in Scope if scope is not Scope.SANDBOX_WRITE)),
        (
            *("show_roster", "show_roster_csv", "show_roster_photo", "report_incident"),
            *("create_webhook", "list_webhooks", "read_webhook", "change_webhook", "delete_webhook"),
            *("rotate_webhook_secret", "test_webhook", "list_webhook_deliveries", "replay_webhook"),
            "replay_webhook_delivery",
        ),
    ),
    "a system with its secret": Part(Principal.INTEGRATOR, _by_secret, ("issue_token", "revoke_token")),
    "a sandbox's system": Part(Principal.INTEGRATOR, _system(_SANDBOX, *Scope), ("reset_sandbox",)),
    # By itself: it may end the session of whoever calls, and then everything else would be refused.
    "somebody who signs out": Part(Principal.PEER, _person(peer_id("ana")), ("end_sign_in",)),
}
"""Every operation of /v1, once."""


@asynccontextmanager
async def ground(copy: Copy) -> AsyncIterator[Ground]:
    """Lay one of everything, and run an API beside it."""
    async with AsyncExitStack() as stack:
        world = await open_world(stack, copy)
        await world.begin()
        _callers, things = await stack.enter_async_context(laid(world))
        base = await stack.enter_async_context(processes.api(copy, OWNCALL_LOG_LEVEL="ERROR"))
        values = {f"path.{name}": sorted(owned.values()) for name, owned in things.ids.items()}
        peers = [str(peer_id(slug)) for slug in ("ana", "ben", "cleo")]
        asked = [(await world.asks()).receipt for _ in range(3)]
        yield Ground(
            world,
            base,
            {
                **values,
                "path.region": list(_REGIONS),
                "path.agency": list(_AGENCIES),
                "body.receipt": asked,
                "body.center": list(_AGENCIES),
                "body.agency_id": [
                    str((await world.planes.tenants()).agency(slug).id) for slug in ("redbank", "bluestem")
                ],
                "body.layer_id": values["path.rotation_id"],
                **dict.fromkeys(("body.member_id", "body.peer_id", "body.to"), peers),
                "body.grant_type": ["client_credentials"],
            },
        )


async def fuzz(on: Ground, place: Path) -> dict[str, Counter[int]]:
    """Send whatever schemathesis thinks of, each operation as whoever may call it, and fail on what it finds.

    Args:
        on: where to.
        place: an empty folder for what it leaves behind.

    Returns:
        What was answered how often, by operation (`GET /v1/offers`) and status.
    """
    (place / "schemathesis.toml").write_text(await _settings(on))
    phases = "examples,coverage,fuzzing,stateful" if record.is_full() else "examples,fuzzing"
    process = await asyncio.create_subprocess_exec(
        *(str(Path(sys.executable).parent / "schemathesis"), "run", f"{on.base}/v1/openapi.json"),
        *("--checks", _CHECKS, "--phases", phases, "--seed", "911", "--request-timeout", "20"),
        *("--max-examples", str(record.size(50, 5)), "--no-color", "--continue-on-failure", "--warnings", "off"),
        *("--report-ndjson-path", "told.ndjson"),
        cwd=place,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    out = (await process.communicate())[0].decode()
    assert process.returncode == 0, out[-20_000:]
    return _answered((place / "told.ndjson").read_text())


def _answered(told: str) -> dict[str, Counter[int]]:
    found: dict[str, Counter[int]] = {}
    for line in told.splitlines():
        recorder = json.loads(line).get("ScenarioFinished", {}).get("recorder", {})
        answers = [one["response"] for one in recorder.get("interactions", {}).values()]
        found.setdefault(recorder.get("label", ""), Counter()).update(one["status_code"] for one in answers if one)
    return found


async def _settings(on: Ground) -> str:
    """Write as whom each operation is called, and what it is often called about."""
    lines = []
    for name, found in on.values.items():
        lines += [f"[dictionaries.{_word(name)}]", f"values = {json.dumps(found)}"]
    lines.append("[parameters]")
    for name in on.values:
        lines.append(f'"{name}" = {{ dictionary = "{_word(name)}", probability = {_REAL_IDS} }}')
    for part in PARTS.values():
        said = ", ".join(f"{name} = {json.dumps(value)}" for name, value in (await part.who(on.world)).items())
        lines += ["[[operations]]", f"include-operation-id = {json.dumps(part.operations)}", f"headers = {{ {said} }}"]
    return "\n".join(lines) + "\n"


def _word(name: str) -> str:
    return re.sub(r"\W", "_", name)
