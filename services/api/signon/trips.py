"""To a provider and back: the database's transactions stand between the requests to the provider, never around them."""

import time
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from libs.peer.accounts.queries import SignedIn
from libs.peer.sso import arriving, attempts, queries
from libs.peer.sso.arriving import Arrival, Purpose, Trip
from libs.peer.sso.errors import AttemptOverError, SignOnOffError
from libs.peer.sso.queries import SetUp
from services.api import cookies, rendering
from services.api.deps import count_network
from services.api.rates import Counted
from services.api.signon.places import Place
from services.api.signon.views import LeavingPage
from services.api.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Back:
    """Somebody who came back with an attempt of ours, which is taken now; what they bring is not examined yet."""

    setup: SetUp
    trip: Trip = field(repr=False)


async def go(
    request: Request, wired: Wiring, place: Place, purpose: Purpose, *, who: SignedIn | None = None, after: str = ""
) -> Response:
    """Send the browser to a provider, with what only it can come back with.

    Raises:
        TooManyFromHereError: as many have been begun from that network in this minute as may be, by nobody we know.
        SignOnOffError: there is none, or it is off.
        ProviderAwayError, ProviderUnusableError: it does not answer, or not as it should.
    """
    if who is None:  # of those whom we know, nobody is counted by where they sit
        await count_network(request, wired, Counted.SIGN_ON)  # before anything is asked, of us or of the provider
    async with wired.planes.door() as door:
        setup = await queries.of_home(door, place.home)
    if setup is None or setup.client_id is None or not (setup.is_on or purpose is Purpose.TEST):
        raise SignOnOffError("Use a passkey, or ask whoever runs OwnCall at your center or in your region.")
    mine = setup.registration(wired.sign_on.seal, wired.settings.public_url + place.back_path)
    provider = await wired.sign_on.describe(setup.issuer, anew=purpose is Purpose.TEST)
    attempt = attempts.begin()
    trip = Trip(
        purpose,
        attempt,
        provider,
        setup.version,
        time.time(),
        account_id=who.account_id if who else None,
        sign_in_id=who.sign_in_id if who else None,
        after=after,
        lang=rendering.language(request),
    )
    async with wired.planes.door() as door:
        await arriving.keep(door, wired.sign_on.seal, setup.id, trip)
    anew = purpose is Purpose.PROVE
    url = attempts.address(provider, mine, attempt, group_claim=setup.group_claim, anew=anew)
    host = urlsplit(url).hostname or ""
    # A page and no redirect: forms of ours lead to ourselves alone (form-action of the content policy).
    response = rendering.page(request, "signon/leaving.html", LeavingPage(url, host, place.name))
    cookies.put_trip(response, attempt.browser, wired.settings)
    return response


async def take(request: Request, wired: Wiring, place: Place) -> Back:
    """Take the attempt that somebody comes back with, for good, whatever they bring.

    Raises:
        AttemptOverError: none of ours, too old, ended before, or another provider's.
    """
    state = request.query_params.get("state", "")
    async with wired.planes.door() as door:
        setup = await queries.of_home(door, place.home)
        trip = await arriving.take(door, wired.sign_on.seal, setup, state) if setup else None
    if setup is None or trip is None:
        raise AttemptOverError("Begin again.")
    request.state.lang = trip.lang
    return Back(setup, trip)


async def examine(request: Request, wired: Wiring, place: Place, back: Back) -> Arrival:
    """Examine what somebody brings, by asking their provider.

    Raises: as `attempts.finish`.
    """
    mine = back.setup.registration(wired.sign_on.seal, wired.settings.public_url + place.back_path)
    answer, browser, now = request.query_params.multi_items(), cookies.read_trip(request, wired.settings), time.time()
    identity = await attempts.finish(
        wired.sign_on.keys, back.trip.provider, mine, back.trip.attempt, answer, browser, now
    )
    return Arrival(back.setup.id, back.trip, identity, now)
