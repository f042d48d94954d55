"""What a handler may ask for: who is calling, and a transaction in a plane.

All of them are coroutines: FastAPI sends a plain function through a thread, which costs more than what it does here.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Form, Path, Request
from starlette.exceptions import HTTPException

from libs.peer.accounts.queries import SignedIn
from libs.peer.clients import queries as clients
from libs.peer.clients.queries import Machine
from libs.peer.errors import PeerError
from libs.peer.intranet.rules import Address, client_address
from libs.peer.provisioning import tokens
from libs.peer.provisioning.rules import TOKEN_PREFIX
from libs.peer.provisioning.tokens import Directory
from libs.peer.sessions import queries as sessions
from libs.tenancy.directory import AgencyRef, RegionRef
from libs.tenancy.errors import UnknownTenantError
from libs.tenancy.planes import DeskSession, DispatchSession, DoorSession, PlaneKind, ProgramSession
from services.api import cookies, rates, refused
from services.api.policy import POLICY, Entry, Principal
from services.api.rates import RATE_HEADERS, Counted, TooManyFromHereError, TooManyRequestsError
from services.api.wiring import Wiring, wiring

S = TypeVar("S")
Wired = Annotated[Wiring, Depends(wiring)]
_NOBODY = UUID(int=0)


def entry_of(request: Request) -> Entry:
    """Return the policy of the route that answers; a route without one is refused before it starts."""
    return POLICY[request.scope["route"].name]


async def authorize(request: Request, wired: Wired) -> None:
    """Let the policy table decide, for every route, before anything else runs.

    Raises:
        HTTPException: 401 when nobody is signed in, 403 when somebody else is.
        TooManyRequestsError: a client has sent more than it may in this minute; never a person.
    """
    entry = entry_of(request)
    request.state.caller = None
    if Principal.ANYBODY in entry.principals:
        return
    caller = await _caller(request, wired)
    if caller is None:
        raise refused.unknown(has_bearer=_has_bearer(request))
    if isinstance(caller, Directory):
        allowed = Principal.DIRECTORY in entry.principals
    elif isinstance(caller, Machine):
        await count_client(request, wired, caller.client_id)
        allowed = Principal.INTEGRATOR in entry.principals and entry.scope in caller.scopes
    else:
        allowed = Principal(caller.role) in entry.principals
    if not allowed:
        raise _not_for(caller, entry)
    request.state.caller = caller


def _has_bearer(request: Request) -> bool:
    return request.headers.get("authorization", "").partition(" ")[0].lower() == "bearer"


def _not_for(caller: SignedIn | Machine | Directory, entry: Entry) -> HTTPException:
    if not isinstance(caller, Machine):
        return HTTPException(403)
    return refused.lacks_scope(entry.scope if Principal.INTEGRATOR in entry.principals else None)


async def count_client(request: Request, wired: Wiring, client_id: str) -> None:
    """Count a request of a client that has proved itself, and tell it with the answer how many more there may be.

    Raises:
        TooManyRequestsError: it is one too many.
    """
    await _count(request, wired, Counted.CLIENT, client_id, TooManyRequestsError)


async def count_network(request: Request, wired: Wiring, counted: Counted) -> None:
    """Count a request of nobody that we know by the network that it comes from, which is written down nowhere.

    Raises:
        TooManyFromHereError: it is one too many.
    """
    address = str(caller_address(request, wired) or (request.client.host if request.client else ""))
    await _count(request, wired, counted, rates.network(address, wired.network_key), TooManyFromHereError)


def caller_address(request: Request, wired: Wiring) -> Address | None:
    """Return whose address a call has, by our own proxies' word and nobody else's; None when nobody can say."""
    peer, proxies = request.client.host if request.client else None, wired.settings.proxies
    forwarded = request.headers.getlist("x-forwarded-for")
    # What our proxies write is the other one; this one comes from anybody, and says that somebody passed the call on.
    return client_address(peer, forwarded, proxies, is_passed_on="forwarded" in request.headers)


async def _count(
    request: Request, wired: Wiring, counted: Counted, of: str, too_many: type[TooManyRequestsError]
) -> None:
    standing = await wired.rates.count(counted, of)
    setattr(request.state, RATE_HEADERS, standing.headers())
    if standing.is_over:
        raise too_many(standing.goes_on_in_s)


async def _caller(request: Request, wired: Wiring) -> SignedIn | Machine | Directory | None:
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and not bearer.startswith(TOKEN_PREFIX):
        return wired.tokens.find(bearer) or await _machine(wired, bearer)
    cookie = cookies.read(request, wired.settings)
    if scheme.lower() != "bearer" and cookie is None:
        return None
    async with wired.planes.door() as session:
        if scheme.lower() == "bearer":
            return await _directory(session, wired, bearer)
        return await sessions.signed_in(session, cookie or "")


async def _machine(wired: Wiring, token: str) -> Machine | None:
    async with wired.planes.door() as session:
        found = await clients.machine(session, token)
    if found is not None:
        wired.tokens.keep(token, found)
    return found


async def _forget_tokens(wired: Wired) -> None:
    wired.tokens.forget()


EndsTokens = Depends(_forget_tokens)
"""Of every route that may end a token: this process asks the database again from its next call on."""


async def _directory(session: DoorSession, wired: Wiring, token: str) -> Directory | None:
    agency = (await wired.planes.tenants()).agencies.get(await tokens.agency_behind(session, token) or _NOBODY)
    return None if agency is None else Directory(agency.id, agency.region_id)


async def me(request: Request) -> SignedIn:
    """Return who is signed in."""
    caller = request.state.caller
    if not isinstance(caller, SignedIn):
        raise HTTPException(403)
    return caller


async def machine(request: Request) -> Machine:
    """Return which client of the whole region is calling; what the program tells is not for one center, an employer."""
    caller = request.state.caller
    if not isinstance(caller, Machine):
        raise HTTPException(403)
    if caller.agency_id is not None:
        raise refused.is_not_of_region()
    return caller


async def member(caller: Annotated[SignedIn, Depends(me)]) -> UUID:
    """Return the signed-in peer's own roster id."""
    if caller.member_id is None:
        raise HTTPException(403)
    return caller.member_id


async def my_region(request: Request, wired: Wired) -> RegionRef:
    """Return the region of whoever is calling."""
    return await wired.planes.region(request.state.caller.region_id)


async def named_region(wired: Wired, region: Annotated[str, Path(max_length=80)]) -> RegionRef:
    """Return the region named in the address.

    Raises:
        HTTPException: 404 when there is none.
    """
    try:
        return (await wired.planes.tenants()).region(region)
    except UnknownTenantError as error:
        raise HTTPException(404) from error


async def named_agency(wired: Wired, agency: Annotated[str, Path(max_length=120)]) -> AgencyRef:
    """Return the agency named in the address.

    Raises:
        HTTPException: 404 when there is none.
    """
    try:
        return (await wired.planes.tenants()).agency(agency)
    except UnknownTenantError as error:
        raise HTTPException(404) from error


async def my_agency(wired: Wired, caller: Annotated[SignedIn, Depends(me)]) -> AgencyRef:
    """Return the agency of the signed-in PSAP admin."""
    if caller.agency_id is None:
        raise HTTPException(403)
    return (await wired.planes.tenants()).agencies[caller.agency_id]


async def own_directory(request: Request, wired: Wired, agency: Annotated[str, Path(max_length=120)]) -> AgencyRef:
    """Return the agency named in the address, whose directory calls.

    Raises:
        HTTPException: 401 when its token is another agency's: that is one that it does not have.
    """
    caller: Directory = request.state.caller
    found = (await wired.planes.tenants()).agencies[caller.agency_id]
    if found.slug != agency:
        raise refused.unknown(has_bearer=True)
    return found


async def served_agency(request: Request, wired: Wired, agency: Annotated[str, Path(max_length=120)]) -> AgencyRef:
    """Return the agency named in the address, which the calling machine or admin is there for.

    Raises:
        HTTPException: 404 when there is none, or it is another one's: nobody can tell which.
    """
    caller: SignedIn | Machine = request.state.caller
    here = (await wired.planes.tenants()).agencies_by_region.get(caller.region_id, ())
    found = next((one for one in here if one.slug == agency and caller.agency_id in {None, one.id}), None)
    if found is None:
        raise HTTPException(404)
    return found


async def door_tx(request: Request, wired: Wired) -> AsyncIterator[DoorSession]:
    """Open a transaction of the door."""
    _may_enter(request, PlaneKind.DOOR)
    async with keeping(wired.planes.door()) as session:
        yield session


async def dispatch_tx(
    request: Request, wired: Wired, region: Annotated[RegionRef, Depends(my_region)]
) -> AsyncIterator[DispatchSession]:
    """Open a transaction of the caller's region's dispatch."""
    _may_enter(request, PlaneKind.DISPATCH)
    async with keeping(wired.planes.dispatch(region)) as session:
        yield session


async def program_tx(
    request: Request, wired: Wired, region: Annotated[RegionRef, Depends(my_region)]
) -> AsyncIterator[ProgramSession]:
    """Open a transaction of the caller's region's program."""
    _may_enter(request, PlaneKind.PROGRAM)
    async with wired.planes.program(region) as session:
        yield session


async def desk_tx(
    request: Request, wired: Wired, agency: Annotated[AgencyRef, Depends(my_agency)]
) -> AsyncIterator[DeskSession]:
    """Open a transaction of the caller's agency's desk."""
    _may_enter(request, PlaneKind.DESK)
    async with wired.planes.desk(agency) as session:
        yield session


async def served_desk_tx(
    request: Request, wired: Wired, agency: Annotated[AgencyRef, Depends(served_agency)]
) -> AsyncIterator[DeskSession]:
    """Open a transaction of the desk of the agency named in the address."""
    _may_enter(request, PlaneKind.DESK)
    async with wired.planes.desk(agency) as session:
        yield session


async def directory_desk_tx(
    request: Request, wired: Wired, agency: Annotated[AgencyRef, Depends(own_directory)]
) -> AsyncIterator[DeskSession]:
    """Open a transaction of the desk of the agency whose directory calls."""
    _may_enter(request, PlaneKind.DESK)
    async with wired.planes.desk(agency) as session:
        yield session


@asynccontextmanager
async def keeping(opened: AbstractAsyncContextManager[S]) -> AsyncIterator[S]:
    """Commit what was written before a failure that says so (`PeerError.is_kept`)."""
    kept: PeerError | None = None
    async with opened as session:
        try:
            yield session
        except PeerError as error:
            if not error.is_kept:
                raise
            kept = error
    if kept is not None:
        raise kept


def _may_enter(request: Request, plane: PlaneKind) -> None:
    if plane not in entry_of(request).planes:
        raise PermissionError(f"route {request.scope['route'].name} has no policy for plane {plane}")


async def chosen_language(request: Request, lang: Annotated[str, Form(max_length=5)] = "") -> None:
    """Keep the language that a form carries along."""
    request.state.lang = lang


Spoken = Depends(chosen_language)
Me = Annotated[SignedIn, Depends(me)]
MyMachine = Annotated[Machine, Depends(machine)]
MyMember = Annotated[UUID, Depends(member)]
MyRegion = Annotated[RegionRef, Depends(my_region)]
MyAgency = Annotated[AgencyRef, Depends(my_agency)]
OwnDirectory = Annotated[AgencyRef, Depends(own_directory)]
ServedAgency = Annotated[AgencyRef, Depends(served_agency)]
NamedRegion = Annotated[RegionRef, Depends(named_region)]
NamedAgency = Annotated[AgencyRef, Depends(named_agency)]
# "function": commit before the answer goes out, so that a 2xx is a promise kept.
DoorTx = Annotated[DoorSession, Depends(door_tx, scope="function")]
DispatchTx = Annotated[DispatchSession, Depends(dispatch_tx, scope="function")]
ProgramTx = Annotated[ProgramSession, Depends(program_tx, scope="function")]
DeskTx = Annotated[DeskSession, Depends(desk_tx, scope="function")]
ServedDeskTx = Annotated[DeskSession, Depends(served_desk_tx, scope="function")]
DirectoryDeskTx = Annotated[DeskSession, Depends(directory_desk_tx, scope="function")]
