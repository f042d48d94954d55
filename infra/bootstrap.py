"""Set OwnCall up, then hand over: `python3 infra/bootstrap.py run|test|check|bench|reset|lock [arguments]`.

Standard library only, and no syntax newer than Python 3.6: an old Python has
to get as far as the sentence below. `make` picks the interpreter.

What it makes is `.venv`. A stamp in there says for which lock file, project
file and Python it was made, so that a later start has nothing to do. While it
changes, it is marked as unfinished, so that a set-up cut short is noticed and
`.venv` made again. Nothing is ever removed from a `.venv` that works.
"""

import sys

if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "OwnCall needs Python 3.11, 3.12 or 3.13, and {} is Python {}.{}.\n"
        "Install one of them, or name it if it is there: make run PYTHON=/path/to/python3.12".format(
            sys.executable, *sys.version_info[:2]
        )
    )

import errno
import fcntl
import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
UV = VENV / "bin" / "uv"
UV_VERSION = "0.13.9"
UNFINISHED = ROOT / ".owncall" / "unfinished"
LAST_LINES = 15
STILL_EVERY_S = 20
BEGAN_AT_S = time.monotonic()

# uv brings certificates of its own; where the system has a store, a company's proxy is in that one alone.
SYSTEM_CERTIFICATES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)

LOCK_OF = {"run": "demo", "reset": "demo", "test": "dev", "check": "dev", "verify": "dev", "bench": "dev"}
VERIFIED = (
    "tests/verify",
    "tests/contracts",
    "tests/db/test_jobs.py",
    "tests/db/test_schemas.py",
    "tests/http/test_every_operation.py",
    "tests/http/test_flood.py",
    "tests/http/test_hostile_provider.py",
    "tests/http/test_hostile_sign_on.py",
    "tests/http/test_scopes.py",
    "tests/flows/test_survival.py",
    "tests/flows/test_deployment_machine.py",
    "tests/flows/test_state_machine.py",
    "tests/browser/test_every_page.py",
    "tests/unit/test_shift_rules.py",
    "tests/flows/test_swap_walk.py",
    "tests/flows/test_webhooks.py",
    "tests/flows/test_webhook_addresses.py",
    "tests/flows/test_webhook_tls.py",
)
"""What has a full size, or a figure for docs/verify.md; tests/contracts knows whether one is missing."""
HAND_OVER = {
    "run": ("-m", "infra.local", "run"),
    "reset": ("-m", "infra.local", "reset"),
    "check": ("-m", "infra.local", "check"),
    "test": ("-m", "pytest", "-n", "2"),
    # A full size takes its time where the machine is slow; what takes longer still says so itself.
    "verify": ("-m", "pytest", "-n", "2", "--timeout", "900", *VERIFIED),
    "bench": ("-m", "bench"),
}


class SetupError(Exception):
    """A step failed: a sentence, the last lines of its output, and what to do."""

    def __init__(self, sentence: str, hint: str, lines: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.hint = hint
        self.lines = tuple(lines)


def say(line: str) -> None:
    """Print a line of progress with the seconds since the start."""
    sys.stdout.write(f"[{time.monotonic() - BEGAN_AT_S:4.0f} s] {line}\n")
    sys.stdout.flush()


def fingerprint(name: str, version: str, root: Path = ROOT) -> str:
    """Return what a set-up depends on, as 64 hex digits.

    Args:
        name: of the lock file, "run", "demo" or "dev".
        version: of the Python inside .venv, such as "3.11".
        root: the checkout; part of it all, since it is installed in place.
    """
    parts = [str(root).encode(), version.encode(), UV_VERSION.encode()]
    parts += [(root / file).read_bytes() for file in (f"lock/{name}.txt", "pyproject.toml")]
    return hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()


def is_set_up(name: str, version: str, root: Path = ROOT) -> bool:
    """Tell whether .venv holds what the lock file names; what "dev" installs holds all of "demo"."""
    return any(
        _read(root / ".venv" / f"owncall-{stamp}.stamp") == fingerprint(stamp, version, root) for stamp in {name, "dev"}
    )


def version_inside() -> str:
    """Return the version of the Python in .venv, such as "3.11"; empty when it does not run or is none of ours."""
    code = "import sys; print('%d.%d' % sys.version_info[:2] if sys.prefix != sys.base_prefix else '')"
    try:
        asked = subprocess.run(  # noqa: S603 - constants
            [str(PYTHON), "-I", "-c", code], capture_output=True, text=True, check=False, timeout=60
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    version = asked.stdout.strip()
    return version if asked.returncode == 0 and version in {"3.11", "3.12", "3.13"} else ""


def set_up(name: str) -> None:
    """Make .venv hold what lock/<name>.txt names, and the project itself in place.

    Raises:
        SetupError: a step failed.
    """
    if not UNFINISHED.exists() and is_set_up(name, version_inside()):
        return
    with _alone() as lock:
        if not UNFINISHED.exists() and is_set_up(name, version_inside()):
            return  # while we waited
        say(f"Setting OwnCall up in {VENV} (once; a minute or so)")
        _make_whole(name, lock)
        itself = ["--no-deps", "--no-build-isolation", "-e", str(ROOT)]
        _step("Installing OwnCall itself", [*_uv_install(), *itself], lock)
        stamp = VENV / f"owncall-{name}.stamp"
        stamp.write_text(fingerprint(name, version_inside()))
        say("Everything is set up.")


def write_locks(arguments: Sequence[str]) -> None:
    """Write lock/run.txt, lock/demo.txt and lock/dev.txt anew; arguments such as --upgrade go to uv.

    They hold names, versions and hashes, never the address of a registry.

    Raises:
        SetupError: a step failed.
    """
    with _alone() as lock:
        _make_venv(lock, anew=UNFINISHED.exists())
        _install_uv(lock)
        options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "-q"]
        compiled = [str(UV), "pip", "compile", *options, *_uv_options(), *arguments, "pyproject.toml"]
        _step("Writing lock/run.txt", [*compiled, "-o", "lock/run.txt"], lock)
        for name, within in (("demo", "run"), ("dev", "demo")):
            extra = ["--group", name, "-c", f"lock/{within}.txt", "-o", f"lock/{name}.txt"]
            _step(f"Writing lock/{name}.txt", [*compiled, *extra], lock)


def _make_whole(name: str, lock: int) -> None:
    """Make .venv and fill it; the mark stays when we are killed or .venv could not be made.

    When pip or uv gives up by itself (no network, mostly), .venv is as it was.
    """
    _check_venv_module()
    started_before = UNFINISHED.exists()
    UNFINISHED.touch()
    _make_venv(lock, anew=started_before)
    try:
        _install_uv(lock)
        libraries = ["--require-hashes", "-r", str(ROOT / "lock" / f"{name}.txt")]
        _step("Installing the libraries", [*_uv_install(), *libraries], lock)
    except SetupError:
        UNFINISHED.unlink()
        raise
    UNFINISHED.unlink()


def _uv_install() -> Sequence[str]:
    return [str(UV), "pip", "install", "--python", str(PYTHON), *_uv_options()]


def _make_venv(lock: int, *, anew: bool) -> None:
    if version_inside() and not anew:
        return
    try:
        if VENV.is_symlink() or VENV.is_file():
            VENV.unlink()
        elif VENV.exists():
            say("The last set-up was cut short or broke; making .venv again")
            shutil.rmtree(VENV)
    except OSError as error:
        raise SetupError(
            f"{error.filename} cannot be removed: {error.strerror}.",
            f"Remove it as the user who made it: rm -rf {VENV}",
        ) from None
    version = "{}.{}.{}".format(*sys.version_info[:3])
    _step(f"Making .venv with Python {version}", [sys.executable, "-I", "-m", "venv", str(VENV)], lock)


def _check_venv_module() -> None:
    try:
        import ensurepip  # noqa: F401, PLC0415 - to see whether the system has it
        import venv  # noqa: F401, PLC0415
    except ImportError:
        version = "{}.{}".format(*sys.version_info[:2])
        raise SetupError(
            f"{sys.executable} (Python {version}) comes without venv, which makes .venv.",
            f"On Debian and Ubuntu install it, as root: apt install python{version}-venv",
        ) from None


def _install_uv(lock: int) -> None:
    if _version_of_uv() == UV_VERSION:
        return
    pip = [str(PYTHON), "-I", "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:  # noqa: S603 - constants
        _step("Installing pip", [str(PYTHON), "-I", "-m", "ensurepip"], lock)
    quietly = ["--disable-pip-version-check", "--no-input", "--no-user", "--no-deps"]
    _step(f"Installing uv {UV_VERSION}", [*pip, "install", *quietly, f"uv=={UV_VERSION}"], lock)


def _version_of_uv() -> str:
    try:
        asked = subprocess.run([str(UV), "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - uv
    except OSError:
        return ""
    return asked.stdout.split()[1] if asked.returncode == 0 else ""


def _uv_options() -> Sequence[str]:
    """Let uv trust whom the system trusts, and do without a cache where the account's home cannot be written."""
    asked = subprocess.run([str(UV), "cache", "dir"], capture_output=True, text=True, check=False)  # noqa: S603 - uv
    place = Path(asked.stdout.strip() or "/nonexistent")
    while not place.exists():
        place = place.parent
    return [
        *(["--system-certs"] if any(Path(store).exists() for store in SYSTEM_CERTIFICATES) else []),
        *([] if os.access(place, os.W_OK | os.X_OK) else ["--no-cache"]),
    ]


def _step(title: str, command: Sequence[str], lock: int) -> None:
    """Run a command, say so, and show its last lines only when it fails.

    It inherits the lock: should we be killed and it live on, a second set-up
    waits for it.
    """
    say(title)
    process = subprocess.Popen(  # noqa: S603 - our own commands
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=str(ROOT),
        pass_fds=(lock,),
    )
    while True:
        try:
            output = process.communicate(timeout=STILL_EVERY_S)[0]
            break
        except subprocess.TimeoutExpired:
            say("  … still at it")
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            raise
    if process.returncode:
        raise SetupError(
            f"{title} failed (exit status {process.returncode}).",
            "The lines above say why. A proxy in the way? Set HTTPS_PROXY. Else try again: what is loaded is kept. "
            f"If it fails for good, begin afresh: rm -rf {VENV}",
            output.decode("utf-8", "replace").splitlines()[-LAST_LINES:],
        )


@contextmanager
def _alone() -> Iterator[int]:
    """Hold the lock that keeps two set-ups of one checkout apart; yields its descriptor."""
    file = ROOT / ".owncall" / "setup.lock"
    try:
        file.parent.mkdir(exist_ok=True)
        lock = os.open(file, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        if error.errno not in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise
        raise _not_ours(Path(error.filename)) from None
    for place in (ROOT, VENV):
        if place.exists() and not os.access(place, os.W_OK):
            os.close(lock)
            raise _not_ours(place)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("Another set-up is under way here; waiting for it")
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield lock
    finally:
        os.close(lock)


def _not_ours(place: Path) -> SetupError:
    return SetupError(
        f"You may not write to {place}, and OwnCall sets itself up in {ROOT}.",
        "Make a copy of your own (git clone), or run this as the user who owns that folder.",
    )


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def _explain(error: SetupError) -> int:
    lines = [error.sentence, *(f"    {line}" for line in error.lines), error.hint]
    sys.stderr.write("\n".join(lines) + "\n")
    return 1


def main(arguments: Sequence[str]) -> int:
    """Set up what the command needs and become it; returns an exit status only when that failed."""
    command, rest = (arguments[0] if arguments else ""), list(arguments[1:])
    try:
        if command == "lock":
            write_locks(rest)
            return 0
        if command not in LOCK_OF:
            sys.stderr.write(f"Choose one of: {', '.join(LOCK_OF)}, lock\n")
            return 2
        set_up(LOCK_OF[command])
    except SetupError as error:
        return _explain(error)
    except OSError as error:
        return _explain(SetupError(f"Setting up failed: {error}.", "Is the disk full? Then make room and try again."))
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped while setting up. Nothing is broken: run the same command again.\n")
        return 130
    os.chdir(ROOT)
    return os.execv(str(PYTHON), [str(PYTHON), *HAND_OVER[command], *rest])  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
