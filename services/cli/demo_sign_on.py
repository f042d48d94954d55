"""The demonstration's work accounts: one center's admins may come in with a provider that `make run` starts."""

import json
from dataclasses import dataclass, field
from pathlib import Path

from libs.peer.sso import queries, settingup
from libs.peer.sso.errors import ProviderUnusableError
from libs.peer.sso.queries import Home, SetUp
from libs.peer.sso.sealing import Seal
from libs.tenancy.transactions import Planes

_GROUP_CLAIM = "groups"


@dataclass(frozen=True, slots=True)
class Client:
    """How the provider knows us, and the group that it shall let in."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    group: str


def read(file: Path) -> Client:
    """Read what the launcher wrote down."""
    return Client(**json.loads(file.read_text()))


def way(public_url: str, center: str) -> dict[str, str]:
    """Return where one begins, and where the provider sends people back to."""
    entry = f"{public_url}/sign-in/center/{center}"
    return {"entry": entry, "redirect_uri": f"{entry}/back"}


async def lay(planes: Planes, seal: Seal, center: str, client: Client) -> None:
    """Set the provider up and switch it on. What somebody has set up or changed since stays as they left it."""
    agency = (await planes.tenants()).agency(center)
    home = Home(agency.region_id, agency.id)
    async with planes.door() as door:
        found = await queries.of_home(door, home)
        if found is not None and (_is_theirs(found, client) or _fits(found, seal, client)):
            return
        await settingup.set_issuer(door, home, client.issuer)
        await settingup.set_client(door, seal, home, client.client_id, client.client_secret)
        setup = await queries.of_home(door, home)
        if setup is None:
            raise LookupError("what was written a moment ago")
        await settingup.tested(door, setup.id)
        await settingup.set_groups(door, home, _GROUP_CLAIM, client.group)
        await settingup.switch(door, home, is_on=True)


def _is_theirs(found: SetUp, client: Client) -> bool:
    return found.issuer != client.issuer and found.client_id != client.client_id


def _fits(found: SetUp, seal: Seal, client: Client) -> bool:
    """Whether it is set up for this provider, by this secret; after another port or a new password it is not."""
    try:
        mine = found.registration(seal, redirect_uri="")
    except ProviderUnusableError:
        return False
    return (mine.issuer, mine.client_id, mine.client_secret) == (client.issuer, client.client_id, client.client_secret)
