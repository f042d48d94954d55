"""`make check`: every tool runs, each named, even when one before it failed."""

import subprocess
import sys
import time

from infra.local.console import heading, say
from infra.local.errors import LaunchError
from infra.local.product import ROOT

_PACKAGES = ("services", "libs", "infra", "tests", "bench")
_TEMPLATES = "services/api/templates"
_TOOLS = {
    "ruff check": ("-m", "ruff", "check", "."),
    "ruff format": ("-m", "ruff", "format", "--check", "."),
    "mypy": ("-m", "mypy", *_PACKAGES),
    "lint-imports": ("-c", "from importlinter.cli import lint_imports_command as main; main()", "--no-logo"),
    "djlint": ("-m", "djlint", _TEMPLATES, "--lint", "--profile=jinja"),
}


def check() -> None:
    """Run every tool over the checkout.

    Raises:
        LaunchError: at least one of them found something.
    """
    failed = [name for name, words in _TOOLS.items() if not _passes(name, words)]
    if failed:
        raise LaunchError(
            f"Some checks failed: {', '.join(failed)}.", "What each one found stands above, below its name."
        )
    say(heading("All checks passed."))


def _passes(name: str, words: tuple[str, ...]) -> bool:
    if name == "djlint" and not (ROOT / _TEMPLATES).is_dir():
        say(f"{name}: there are no templates yet")
        return True
    say(heading(f"{name} …"))
    began_at_s = time.monotonic()
    ended = subprocess.run([sys.executable, *words], cwd=ROOT, check=False)  # noqa: S603 - constants
    say(f"{name}: {'passed' if ended.returncode == 0 else 'FAILED'} ({time.monotonic() - began_at_s:.0f} s)")
    return ended.returncode == 0
