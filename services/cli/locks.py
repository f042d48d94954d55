"""What squawk says of one transaction's SQL: its locks on tables that are in use, and what it doubts."""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

EXCLUDED = {
    "require-lock-timeout": "the runner sets it in every transaction",
    "require-statement-timeout": "a backfill may take its time; it is locks that must not wait",
    "prefer-robust-stmts": "one transaction a schema: nothing is ever half there",
    "prefer-text-field": "version_num is Alembic's own column",
    "prefer-bigint-over-int": "hours, epochs, attempts, sheet rows and FCC ids stay far below 2 billion",
}
"""Rules that do not apply here, each with its reason."""
_POSTGRES = "17.0"
_LOCK = "require-lock-timeout"
_SHOWN = 100


def squawk() -> str | None:
    """Return where squawk is: on the path, or beside this Python."""
    return shutil.which("squawk") or shutil.which("squawk", path=str(Path(sys.executable).parent))


def doubts(sql: str) -> list[str] | None:
    """Return what squawk doubts, as `rule: sentence`; None where there is no squawk."""
    found = _ask([sql], "--exclude", ",".join(EXCLUDED))
    return None if found is None else [f"{item['rule_name']}: {item['message']}" for item in found]


def locks(sql: str) -> list[str] | None:
    """Return each statement that locks a table which is there already, with the lock; None without squawk."""
    new = set(re.findall(r"CREATE TABLE (\S+)", sql))
    statements = [part.strip() for part in re.split(r";\s*\n", sql) if part.strip()]
    found = _ask(statements)
    if found is None:
        return None
    taken = []
    for item in found:
        statement = statements[int(Path(item["file"]).stem)]
        statement = " ".join(re.sub(r"^\s*--.*$", "", statement, flags=re.MULTILINE).rstrip(";").split())
        lock = re.search(r"requires: (.*)", item["help"] or "")
        is_new = any(re.search(rf"{re.escape(name)}\b", statement) for name in new)
        if item["rule_name"] == _LOCK and lock and not is_new:
            taken.append(f"{statement[:_SHOWN]} -> {lock[1].rstrip('.')}")
    return taken


def _ask(parts: list[str], *options: str) -> list[dict[str, Any]] | None:
    program = squawk()
    if program is None:
        return None
    with tempfile.TemporaryDirectory(prefix="owncall-") as folder:
        files = [Path(folder) / f"{number:04d}.sql" for number in range(len(parts))]
        for file, part in zip(files, parts, strict=True):
            file.write_text(part.rstrip(";") + ";\n")
        command = [program, "--reporter", "json", "--pg-version", _POSTGRES, "--assume-in-transaction", *options]
        done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False, cwd=folder)  # noqa: S603 - our own SQL
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found
