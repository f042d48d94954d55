"""`owncall region link | unlink`: the operator lets in whom nobody else can, and takes managers out.

A region's managers, and its first coordinator.
"""

import json
from typing import Annotated
from uuid import UUID, uuid4

import typer

from libs.peer.accounts import actions as accounts
from libs.peer.accounts.actions import Link, NewAccount
from libs.peer.accounts.models import Role
from libs.peer.passkeys import actions as passkeys
from libs.peer.passkeys import queries as standing
from libs.peer.passkeys.queries import Standing
from libs.peer.registry.rules import plain_text
from libs.peer.roster import listing
from libs.peer.sso import removing
from libs.peer.sso.removing import Leaver
from libs.peer.teams import queries as teams
from libs.peer.teams.queries import MemberOfProgram
from libs.tenancy.planes import DoorSession
from services.cli.ground import Ground, in_region
from services.cli.session import give_up, insist_on_yes, out
from services.cli.settings import Settings

_OUT = "{name} is taken out of {region}: signed out everywhere, and let in by no passkey, link or provider any more."
_ONE = "Say either --manager or --coordinator."
_NEW = "{name} becomes a program manager of {region}."
_KNOWN = "{name} gets a new link for {region}. Earlier links end, and so do their passkeys and sessions."
_KEPT = "{name} gets one more link for {region}. What lets them in now goes on."


def link(
    region: Annotated[str, typer.Argument(help="Slug of the region.")],
    manager: Annotated[str, typer.Option(help="Name of a program manager; a new one is added.")] = "",
    coordinator: Annotated[str, typer.Option(help="Part of a coordinator's name or e-mail, as in the roster.")] = "",
    keep: Annotated[bool, typer.Option("--keep", help="Passkeys and sessions that they have go on.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Print a one-time link by which a program manager or a coordinator makes a passkey. It works once, for a day.

    Everybody else is let in by these two, on their own pages. Give it to nobody but the one it is for.
    """
    if bool(plain_text(manager)) == bool(plain_text(coordinator)):
        give_up(_ONE)

    async def look(ground: Ground) -> tuple[NewAccount, bool]:
        if coordinator:
            return await _coordinator(ground, coordinator)
        return await _manager(ground, plain_text(manager))

    async def make(ground: Ground) -> Link:
        async with ground.planes.door() as door:
            account_id = await _account(door, new)
            return await passkeys.make_link(door, account_id, keep=keep)

    new, is_known = in_region(region, look)
    sentence = _NEW if not is_known else _KEPT if keep else _KNOWN
    insist_on_yes(f"{sentence.format(name=new.name, region=region)} Go on?", yes=yes, or_else="")
    made = in_region(region, make)
    url = f"{Settings().public_url}/enroll#{made.token}"
    if as_json:
        out.print_json(json.dumps({"name": new.name, "url": url, "until": made.until.isoformat()}))
        return
    out.print(f"For {new.name}, once, until {made.until:%Y-%m-%d %H:%M} UTC:\n{url}", markup=False)


def unlink(
    region: Annotated[str, typer.Argument(help="Slug of the region.")],
    manager: Annotated[str, typer.Option(help="Name of a program manager; their id where two are called so.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Take a program manager out, at once. `owncall region link` lets them in again.

    Where groups of the region's own provider let managers in, have them taken out of the group, too.
    """

    async def look(ground: Ground) -> tuple[UUID, str]:
        one = await _leaver(ground, plain_text(manager))
        return one.account_id, one.name

    async def take_out(ground: Ground) -> bool:
        async with ground.planes.door() as door:
            return await removing.take_out(door, Leaver(account_id, ground.region.id, Role.PROGRAM_MANAGER))

    account_id, name = in_region(region, look)
    insist_on_yes(f"{_OUT.format(name=name, region=region)} Go on?", yes=yes, or_else="")
    in_region(region, take_out)
    out.print(f"{name} is out.", markup=False)


async def _leaver(ground: Ground, words: str) -> Standing:
    """Whoever is meant, while somebody else can still come in and let others in."""
    async with ground.planes.door() as door:
        there = await standing.of_role(door, ground.region.id, Role.PROGRAM_MANAGER.value)
    meant = [one for one in there if words.casefold() in {one.name.casefold(), str(one.account_id)}]
    if not meant:
        give_up(f"No program manager of {ground.region.slug} is called {words}.")
    if len(meant) > 1:
        give_up(f"{len(meant)} are called {words}. Say which: {', '.join(str(one.account_id) for one in meant)}.")
    if not any(one.passkeys or one.is_by_groups for one in there if one != meant[0]):
        give_up(f"Without {meant[0].name} no manager could come in. Let another one in first: `owncall region link`.")
    return meant[0]


async def _manager(ground: Ground, name: str) -> tuple[NewAccount, bool]:
    async with ground.planes.door() as door:
        there = await standing.of_role(door, ground.region.id, Role.PROGRAM_MANAGER.value)
    same = [one for one in there if one.name.casefold() == name.casefold()]
    if len(same) > 1:
        give_up(f"{len(same)} program managers are called {name}.")
    known_id, known_name = (same[0].account_id, same[0].name) if same else (uuid4(), name)
    return NewAccount(known_id, Role.PROGRAM_MANAGER, ground.region.id, known_name), bool(same)


async def _coordinator(ground: Ground, words: str) -> tuple[NewAccount, bool]:
    async with ground.planes.program(ground.region) as program:
        found = [one for one in await teams.of_program(program) if _coordinates(one, words)]
    if not found:
        give_up("No coordinator of the roster fits these words. `owncall roster list` shows everybody.")
    if len(found) > 1:
        give_up(f"These words fit {', '.join(one.name for one in found)}. Say more of one name, or the e-mail.")
    [member] = found
    async with ground.planes.door() as door:
        known = await standing.of_members(door, ground.region.id, [member.id])
    return NewAccount(member.id, Role.COORDINATOR, ground.region.id, member.name, member_id=member.id), bool(known)


def _coordinates(member: MemberOfProgram, words: str) -> bool:
    return member.is_coordinator and member.suspended_on is None and listing.Filter(text=words).keeps(member)


async def _account(door: DoorSession, new: NewAccount) -> UUID:
    if new.member_id is not None:
        return await accounts.of_member(door, new)
    await accounts.add(door, new)
    return new.id
