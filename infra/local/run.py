"""`make run`: everything up, in order; watched; and everything down again."""

import os
import signal

from infra.local import account as accounts
from infra.local import announce, home, ledger, passwords, ports, product, provider, supervisor
from infra.local.console import Progress, say
from infra.local.home import Home
from infra.local.lock import Lock
from infra.local.product import Prepared
from infra.local.provider import Provider
from infra.local.servers import Addresses, Servers
from infra.local.settings import LocalSettings
from infra.local.stopping import Stopped, StopSignal
from infra.local.supervisor import Part

_LOGS = ("postgres", "valkey", "api", "worker", "registrar", provider.NAME)
_APP_GRACE_S, _SERVER_GRACE_S = 8.0, 5.0  # with the time that force takes: within 15 s


def run(settings: LocalSettings) -> None:
    """Run OwnCall until somebody asks to stop.

    Raises:
        LaunchError: it cannot run, for a reason that the person at the keyboard can put right.
    """
    stop = StopSignal()
    stop.listen()
    progress = Progress()
    account = accounts.for_servers(progress.tell)
    place = home.prepare(home.locate(settings), account, progress.tell)
    lock = Lock(place.lock_file)
    launch = Launch(settings, place, lock, stop, progress)
    try:
        launch.start(account)
        launch.watch()
    except Stopped:
        say()
        say("Stopping …")
    finally:
        launch.stop()
        lock.release()
    say("Stopped. The data is kept; `make run` starts it again.")


class Launch:
    """One run: the parts that are up so far, so that all of them can be brought down from anywhere."""

    def __init__(self, settings: LocalSettings, place: Home, lock: Lock, stop: StopSignal, progress: Progress) -> None:
        self._settings, self._home, self._lock = settings, place, lock
        self._stop, self._tell = stop, progress.tell
        self._servers: list[Part] = []
        self._apps: list[Part] = []
        self._run: dict[str, object] = {}

    def start(self, account: accounts.Account | None) -> None:
        """Bring everything up and say where it is.

        Raises:
            LaunchError: something does not come up.
            Stopped: asked to stop meanwhile.
        """
        port = ports.choose(self._settings.port)
        self._lock.name_holder(product.base_url(port))
        ledger.end_left_running(self._home.processes_file, self._tell)
        self._home.run_file.unlink(missing_ok=True)
        for name in _LOGS:
            if self._home.log(name).exists():
                self._home.log(name).replace(self._home.log(f"{name}.1"))
        addresses = self._start_servers(account)
        env = product.environment(addresses, port, self._home)
        identities = Provider(self._home)
        identities.introduce()
        prepared = product.prepare(self._home, env, self._stop)
        self._tell("The demonstration data is ready.")
        entry = prepared.sign_on["entry"]
        self._run = {**_for_programs(addresses, port, prepared), "provider": identities.for_programs(entry)}
        self._start_apps(env, port, identities.part(prepared.sign_on["redirect_uri"]))
        self._tell("The web service, the worker and the registrar are ready.")
        more = {
            "Sign in with a work account (single sign-on)": identities.lines(entry),
            "For developers": _for_developers(port, prepared),
        }
        for line in announce.page(product.base_url(port), prepared.links, prepared.pages, more, self._home):
            say(line)

    def watch(self) -> None:
        """Keep everything alive.

        Raises:
            Stopped: somebody asked to stop.
        """
        supervisor.watch([*self._servers, *self._apps], self._stop, say, self._write_down)

    def stop(self) -> None:
        """Bring down whatever is up: the product first, then its servers. Takes 15 s at most."""
        self._home.run_file.unlink(missing_ok=True)
        supervisor.stop_all([(self._apps, _APP_GRACE_S), (self._servers, _SERVER_GRACE_S)])
        for file in (self._home.links_file, self._home.processes_file):
            file.unlink(missing_ok=True)

    def _start_servers(self, account: accounts.Account | None) -> Addresses:
        place = self._home
        servers = Servers(self._settings, place, passwords.keep(place.passwords_file), account, self._stop)
        try:
            return servers.start(self._tell)
        finally:
            if postgres := servers.postgres:
                log = place.log("postgres")
                part = Part("postgres", "PostgreSQL", postgres.begin, log, signal.SIGINT, postgres.process)
                self._servers.append(part)
            if valkey := servers.valkey:
                log = place.log("valkey")
                self._servers.append(Part("redis", "Valkey", valkey.begin, log, process=valkey.process))
            self._write_down()

    def _start_apps(self, env: dict[str, str], port: int, identities: Part) -> None:
        web = product.api(self._home, env)
        for part in (web, product.worker(self._home, env), product.registrar(self._home, env), identities):
            self._apps.append(part)
            part.start()
        # Before it serves: a program that waits for /readyz finds run.json in place.
        self._write_down()
        product.wait_until_ready(web, port, self._stop)

    def _write_down(self) -> None:
        pids = supervisor.pids([*self._servers, *self._apps])
        ledger.write(self._home.processes_file, pids)
        if self._run:
            everyone = {"launcher": os.getpid(), **pids}
            home.write_private(self._home.run_file, {**self._run, "pids": everyone})


def _for_programs(addresses: Addresses, port: int, prepared: Prepared) -> dict[str, object]:
    """Return what run.json says, apart from the processes."""
    return {
        "base_url": product.base_url(port),
        "superuser_database_url": addresses.superuser,
        "owner_database_url": addresses.owner,
        "database_url": addresses.login,
        "redis_url": addresses.redis,
        "links": prepared.links,
        "integrator": prepared.integrator,
    }


def _for_developers(port: int, prepared: product.Prepared) -> dict[str, str]:
    key = {name: str(value) for name, value in prepared.integrator.items() if name in {"client_id", "client_secret"}}
    return {"How to call us": f"{product.base_url(port)}/developers", **key} if key else {}
