"""The product's own processes: prepared once, then the web service, the worker and the registrar."""

import json
import signal
import sys
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from infra.local import processes
from infra.local.console import last_lines
from infra.local.errors import LaunchError
from infra.local.home import Home
from infra.local.servers import Addresses
from infra.local.settings import inherited_environment
from infra.local.stopping import StopSignal
from infra.local.supervisor import Part

ROOT = Path(__file__).resolve().parents[2]
SUPERUSERS_ADDRESS, OWNERS_ADDRESS = "OWNCALL_SUPERUSER_DATABASE_URL", "OWNCALL_OWNER_DATABASE_URL"
READY_WITHIN_S = 90.0
_OK = 200


@dataclass(frozen=True)
class Prepared:
    """What `demo prepare` left: sign-in links by role, pages by title, a machine's credentials, a provider."""

    links: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    integrator: dict[str, object] = field(default_factory=dict)
    sign_on: dict[str, str] = field(default_factory=dict)


def environment(addresses: Addresses, port: int, home: Home) -> dict[str, str]:
    """Return the environment of the product's processes: ours, and what only the launcher knows."""
    return {
        **inherited_environment(),
        SUPERUSERS_ADDRESS: addresses.superuser,
        OWNERS_ADDRESS: addresses.owner,
        "OWNCALL_DATABASE_URL": addresses.login,
        "OWNCALL_REDIS_URL": addresses.redis,
        "OWNCALL_DEMO": "1",
        "OWNCALL_WEBHOOK_LOOPBACK": "1",
        "OWNCALL_MAIL_DROP": str(home.mail_drop),
        "OWNCALL_PORT": str(port),
        "OWNCALL_PUBLIC_URL": base_url(port),
    }


def base_url(port: int) -> str:
    """Return the address for browsers: passkeys work on localhost and refuse 127.0.0.1."""
    return f"http://localhost:{port}"


def prepare(home: Home, env: dict[str, str], stop: StopSignal) -> Prepared:
    """Run `demo prepare`, which migrates, seeds and prints its own progress.

    Raises:
        LaunchError: it fails, or leaves no usable file.
        Stopped: asked to stop meanwhile.
    """
    home.links_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "services.cli", "demo", "prepare", "--links", str(home.links_file)]
    command += ["--provider", str(home.client_file)]
    process = processes.spawn(command, env=env, cwd=ROOT)
    try:
        while process.poll() is None:
            stop.pause(0.05)
    finally:
        processes.end([(process, signal.SIGTERM)], grace_s=3.0)
    if process.returncode:
        raise LaunchError(
            f"The demonstration data could not be prepared ({processes.ending(process)}).",
            f"The lines above say why; PostgreSQL's log is {home.log('postgres')}. To begin afresh: make reset",
        )
    return read_prepared(home.links_file)


def read_prepared(file: Path) -> Prepared:
    """Read what `demo prepare` left.

    Raises:
        LaunchError: it left nothing, or something else.
    """
    try:
        file.chmod(0o600)
        content = json.loads(file.read_text())
        return Prepared(**{name: dict(content[name]) for name in ("links", "pages", "integrator", "sign_on")})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LaunchError(
            f"`demo prepare` left no usable file of links ({type(error).__name__} in {file.name}).",
            "That is a mistake in OwnCall; please report it with the lines above.",
        ) from None


def api(home: Home, env: dict[str, str]) -> Part:
    """Return the web service, not yet started."""
    return _part("api", "The web service", "services.api", home, without(env, OWNERS_ADDRESS, SUPERUSERS_ADDRESS))


def worker(home: Home, env: dict[str, str]) -> Part:
    """Return the worker, not yet started."""
    return _part("worker", "The worker", "services.worker", home, without(env, OWNERS_ADDRESS, SUPERUSERS_ADDRESS))


def registrar(home: Home, env: dict[str, str]) -> Part:
    """Return the registrar, not yet started: of what runs, it alone is told the owner's address."""
    return _part("registrar", "The registrar", "services.registrar", home, without(env, SUPERUSERS_ADDRESS))


def without(env: dict[str, str], *names: str) -> dict[str, str]:
    """Return an environment that lacks some variables: who is not told an address cannot give it away."""
    return {name: value for name, value in env.items() if name not in names}


def wait_until_ready(web: Part, port: int, stop: StopSignal) -> None:
    """Wait until the web service says that it is ready.

    Raises:
        LaunchError: it ended, or was not ready in time.
        Stopped: asked to stop meanwhile.
    """
    deadline_s = time.monotonic() + READY_WITHIN_S
    reason = f"was not ready after {READY_WITHIN_S:.0f} s"
    while time.monotonic() < deadline_s:
        stop.pause(0.1)
        if web.process and web.process.poll() is not None:
            reason = f"ended while starting ({processes.ending(web.process)})"
            break
        if _says_ready(port):
            return
    raise LaunchError(
        f"{web.title} did not come up: it {reason}.",
        f"The lines above say why; the whole log is {web.log}",
        last_lines(web.log),
    )


def _part(name: str, title: str, module: str, home: Home, env: dict[str, str]) -> Part:
    log = home.log(name)
    command = [sys.executable, "-m", module]
    return Part(name, title, lambda: processes.spawn(command, env=env, cwd=ROOT, log=log), log)


def _says_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5.0)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == _OK
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
