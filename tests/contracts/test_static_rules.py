"""T23: rules about SQL and secrets that no linter of ours knows. Each is shown to catch what it forbids."""

import ast
import math
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Enum

from libs.peer import tables
from tests.verify import record

ROOT = Path(__file__).parents[2]

OWNERS = (
    "infra/local/database.py",
    "libs/peer/agencies/making.py",
    "libs/peer/registry/actions.py",
    "libs/peer/registry/queries.py",
    "libs/tenancy/engine.py",
    "libs/tenancy/foundation.py",
    "libs/tenancy/lifecycle.py",
    "libs/tenancy/migrate.py",
    "libs/tenancy/migrations/",
    "libs/tenancy/onboarding.py",
    "libs/tenancy/runner.py",
    "libs/tenancy/statements.py",
    "libs/tenancy/telling.py",
    "services/cli/",
    "services/registrar/",
)
"""Files that speak to PostgreSQL with the owner's connection, or are the door; the others have planes alone."""

DRIVER = {"driver_connection", "get_raw_connection", "exec_driver_sql", "run_async"}
TOUCHES_THE_DRIVER = ("libs/tenancy/engine.py", "libs/tenancy/planes.py")
CLOCKS = ("datetime.now", "datetime.utcnow", "datetime.today", "date.today", "time.time", "time.time_ns", "Instant.now")
OWN_CLOCK = (
    "infra/",
    "libs/tenancy/migrations/",
    "services/api/door/oauth.py",
    "services/api/publish.py",
    "services/api/rates.py",
    "services/api/signon/",
    "services/cli/",
)
"""Files that may look at this machine's clock: tools, `shared.clock()` itself, what judges other systems' tokens, and
the count of a client's minute, in which a second more or less changes nothing."""
PICKLES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
_KEYS = r"AKIA[0-9A-Z]{16}|gh[pousr]_\w{30,}|github_pat_\w{20,}|xox[abprs]-[\w-]{10,}|sk_live_\w{16,}|AIza[\w-]{35}"
_PREFIXES = re.compile(
    rf"{_KEYS}|-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|eyJ[\w-]{{20,}}\.eyJ[\w-]{{20,}}\.[\w-]{{20,}}"
)
_ASSIGNED = re.compile(
    r"(?i)(?:secret|token|passw(?:or)?d|api_?key|credential)\w*[\"']?\s*[:=]\s*[\"'](?=[^\"'\n]*\d)([^\"'\s]{16,})[\"']"
)
_LONG = re.compile(r"[\"']([A-Za-z0-9+/_=-]{32,})[\"']")

_MAIL_IN_SQL = r"(?i)\be_?mail\b\W{0,3}\s*(?:=|<>|!=|~|\b(?:I?LIKE|IN|IS)\b)|lower\(\s*(?:\w+\.)?e_?mail"
_MAIL = {"email", "mail"}

Rule = Callable[[ast.Module, str], Iterator[str]]


def _sources() -> list[Path]:
    return [path for folder in ("services", "libs", "infra") for path in sorted((ROOT / folder).rglob("*.py"))]


def _strings(tree: ast.Module) -> Iterator[str]:
    """Yield every string as it is written, a hole of an f-string as `x`; docstrings left out."""
    inside: set[int] = set()
    documented: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            inside.update(id(part) for part in node.values)
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "x" for part in node.values)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            documented.add(id(node.value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in inside | documented:
            yield node.value


def _matching(pattern: str, flags: int = 0) -> Rule:
    compiled = re.compile(pattern, flags)

    def rule(tree: ast.Module, _path: str) -> Iterator[str]:
        yield from (string.strip()[:80] for string in _strings(tree) if compiled.search(string))

    return rule


def _simple_protocol(tree: ast.Module, path: str) -> Iterator[str]:
    """Statements as bare strings, and the ways to a plane's driver: several statements fit into one text there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in DRIVER and not path.startswith(TOUCHES_THE_DRIVER):
            yield node.attr
        if path.startswith(OWNERS):
            continue
        if isinstance(node, ast.ImportFrom) and node.module == "asyncpg":
            yield from (name.name for name in node.names if not name.name.endswith("Error"))
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "asyncpg":
            yield from (name for name in (node.attr,) if not name.endswith("Error"))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            is_text = isinstance(node.args[0], ast.JoinedStr) or (
                isinstance(node.args[0], ast.Constant) and isinstance(node.args[0].value, str)
            )
            if node.func.attr in {"execute", "executemany", "fetch", "fetchrow", "fetchval"} and is_text:
                yield ast.unparse(node)


def _built_text(tree: ast.Module, path: str) -> Iterator[str]:
    """`text()` of anything but a literal, or what a module makes of constants as it is imported."""
    if path.startswith("libs/tenancy/migrate.py"):
        return
    of_module = [node.value for node in tree.body if isinstance(node, ast.Assign)]
    plain = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        argument = node.args[0]
        is_plain = isinstance(argument, ast.Constant) or (isinstance(argument, ast.Name) and argument.id in plain)
        is_of_constants = isinstance(argument, ast.JoinedStr) and node in of_module and _only_constants(argument)
        if name in {"text", "literal_column"} and not is_plain and not is_of_constants:
            yield ast.unparse(node)


def _only_constants(built: ast.JoinedStr) -> bool:
    """Whether the holes hold nothing but constants, by their spelling, and what a comprehension makes of them."""
    names = [node for node in ast.walk(built) if isinstance(node, ast.Name)]
    bound = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return all(re.fullmatch(r"_?[A-Z][A-Z0-9_]*", name.id) for name in names if name.id not in bound)


def _pickled(tree: ast.Module, _path: str) -> Iterator[str]:
    for node in ast.walk(tree):
        names: set[str] = set()
        if isinstance(node, ast.Import):
            names = {name.name.split(".")[0] for name in node.names}
        if isinstance(node, ast.ImportFrom):
            names = {(node.module or "").split(".")[0]}
        yield from names & PICKLES
        # arq pickles unless it is told otherwise.
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in {"Worker", "create_pool", "ArqRedis"}:
            told = {"job_serializer", "job_deserializer"} - {word.arg for word in node.keywords}
            yield from (f"arq without {name}" for name in told)


def _by_mail(tree: ast.Module, path: str) -> Iterator[str]:
    """Who somebody is must not hang on an address that an employer can hand to somebody else."""
    yield from _matching(r"(?i)\be_?mail\b\W{0,3}\s*(?:=|<>|!=|~|\b(?:I?LIKE|IN|IS)\b)|lower\(\s*(?:\w+\.)?e_?mail")(
        tree, path
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            if any(isinstance(side, ast.Attribute) and side.attr in _MAIL for side in sides):
                yield ast.unparse(node)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            method, of = node.func.attr, node.func.value
            is_filter = method == "filter_by" and any(word.arg in _MAIL for word in node.keywords)
            is_operator = method in {"in_", "ilike", "like"} and isinstance(of, ast.Attribute) and of.attr in _MAIL
            if is_filter or is_operator:
                yield ast.unparse(node)


def _own_clock(tree: ast.Module, path: str) -> Iterator[str]:
    """Clocks of hosts differ: what is due, over or late is told by `shared.clock()` alone, in code as in SQL."""
    if path.startswith(OWN_CLOCK):
        return
    yield from _matching(r"(?i)\b(?:now|(?:clock|statement|transaction)_timestamp)\s*\(\s*\)|\bcurrent_(?:date|time)")(
        tree, path
    )
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name | ast.Attribute):
            called = f"{ast.unparse(node.value).rpartition('.')[2]}.{node.attr}"
            yield from (name for name in CLOCKS if name == called)
        if isinstance(node, ast.ImportFrom) and node.module == "time":
            yield from (name.name for name in node.names if name.name in {"time", "time_ns"})


RULES: dict[str, Rule] = {
    "a host's own clock": _own_clock,
    "simple protocol": _simple_protocol,
    "text() of something built": _built_text,
    "PostgreSQL ENUM": _matching(r"(?i)\bCREATE\s+TYPE\b.*\bENUM\b", re.DOTALL),
    "SELECT *": _matching(r"(?i)\b(?:SELECT|RETURNING)\s+(?:DISTINCT\s+)?(?:\w+\.)?\*"),
    "SET without LOCAL": _matching(r"(?:\A|;)\s*(?:SET\s+(?!LOCAL\b|CONSTRAINTS\b)|RESET\s)[A-Za-z_x]"),
    "pickle": _pickled,
    "match by e-mail": _by_mail,
}

PLANTED = [
    ("a host's own clock", 'S = "UPDATE shared.offer SET answered_at = now()"'),
    ("a host's own clock", 'S = "DELETE FROM shared.job WHERE due_at < CURRENT_TIMESTAMP"'),
    ("a host's own clock", "import time\n\nX = time.time()"),
    ("a host's own clock", "from time import time"),
    ("a host's own clock", "def f():\n    return datetime.datetime.now(UTC)"),
    ("a host's own clock", "def f():\n    return date.today()"),
    ("simple protocol", 'async def f(c):\n    await c.execute("DELETE FROM shared.job")'),
    ("simple protocol", 'async def f(c, x):\n    await c.fetchval(f"SELECT {x}")'),
    ("simple protocol", "async def f(url):\n    return await asyncpg.connect(url)"),
    ("simple protocol", "from asyncpg import Connection"),
    ("simple protocol", "def f(c):\n    return c.driver_connection.execute(SQL)"),
    ("simple protocol", "async def f(c, s):\n    await c.exec_driver_sql(s)"),
    ("text() of something built", 'text(f"SELECT {x}")'),
    ("text() of something built", 'text("SELECT {}".format(x))'),
    ("text() of something built", '_A = "SELECT {x}"\n_B = text(_A.format(x=1))'),
    ("text() of something built", 'text("SELECT " + x)'),
    ("text() of something built", 'text("SELECT %s" % x)'),
    ("text() of something built", '_A = f"SELECT {x}"\nsqlalchemy.text(_A)'),
    ("text() of something built", "def f(x):\n    return text(x)"),
    ("text() of something built", 'def f():\n    return text(f"SELECT {_A}")'),
    ("text() of something built", 'literal_column(f"{x}")'),
    ("PostgreSQL ENUM", "S = \"CREATE TYPE state AS ENUM ('open')\""),
    ("SELECT *", 'S = "SELECT * FROM shared.region"'),
    ("SELECT *", 'S = f"select r.* from {x} r"'),
    ("SELECT *", 'S = "DELETE FROM shared.job RETURNING *"'),
    ("SET without LOCAL", 'S = "SET ROLE x"'),
    ("SET without LOCAL", 'S = f"SELECT 1; SET search_path TO {x}"'),
    ("SET without LOCAL", 'S = "\\n  SET SESSION AUTHORIZATION x"'),
    ("SET without LOCAL", 'S = "RESET ROLE"'),
    ("pickle", "import pickle"),
    ("pickle", "Worker(functions, redis_settings=settings)"),
    ("pickle", "from dill import loads"),
    ("match by e-mail", 'S = "SELECT id FROM shared.member WHERE email = :email"'),
    ("match by e-mail", 'S = "SELECT id FROM shared.member m WHERE lower(m.email) = :x"'),
    ("match by e-mail", "select(Member).where(Member.email == address)"),
    ("match by e-mail", "select(Member).filter_by(email=address)"),
    ("match by e-mail", "select(Member).where(Member.email.in_(addresses))"),
]
INNOCENT = [
    "S = \"SELECT shared.clock() AS now, current_setting('x')\"",
    "import time\n\nX = time.monotonic()",
    'S = "UPDATE shared.offer SET state = 1"',
    'S = f"UPDATE {x} SET state = 1"',
    'S = "SET LOCAL lock_timeout TO 2"',
    'S = "SELECT count(*) FROM shared.job"',
    '_A = "SELECT 1"\n_B = text(_A)',
    '_B = text(f"SELECT {_A} {[a for a in SHUT]}")',
    'async def f(session):\n    await session.execute(_STATEMENT, {"id": 1})',
    '"""Nobody may SELECT * here; SET is for planes."""',
]


@pytest.mark.parametrize("name", RULES)
def test_the_code_keeps_the_rule(name: str) -> None:
    found = []
    for path in _sources():
        relative = path.relative_to(ROOT).as_posix()
        found += [f"{relative}: {what}" for what in RULES[name](ast.parse(path.read_text()), relative)]
    assert found == []
    record.note("T23", f"static rule: {name}", f"0 in {len(_sources())} files")


@pytest.mark.parametrize(("name", "planted"), PLANTED)
def test_the_rule_catches_what_it_forbids(name: str, planted: str) -> None:
    assert list(RULES[name](ast.parse(planted), "libs/peer/planted.py"))


@pytest.mark.parametrize("innocent", INNOCENT)
def test_the_rules_leave_the_rest_alone(innocent: str) -> None:
    for name, rule in RULES.items():
        assert not list(rule(ast.parse(innocent), "libs/peer/innocent.py")), name


def test_every_owner_listed_is_there() -> None:
    for path in (*OWNERS, *TOUCHES_THE_DRIVER, *OWN_CLOCK):
        assert (ROOT / path).exists(), path


def test_no_model_makes_an_enum_of_its_states() -> None:
    for table in tables.ALL[0].metadata.tables.values():
        for column in table.columns:
            assert not isinstance(column.type, Enum), f"{table.name}.{column.name}"


def _entropy(text: str) -> float:
    return -sum(n / len(text) * math.log2(n / len(text)) for n in Counter(text).values())


def _secrets(text: str) -> Iterator[str]:
    yield from (match[0] for match in _PREFIXES.finditer(text))
    yield from (match[1] for match in _ASSIGNED.finditer(text) if _entropy(match[1]) > 3.7)
    for match in _LONG.finditer(text):
        is_mixed = re.search(r"\d", match[1]) and re.search(r"[A-Z]", match[1]) and re.search(r"[a-z]", match[1])
        is_hex = re.fullmatch(r"(?=.*\d)[0-9a-f]{32,}", match[1])
        if (is_mixed and _entropy(match[1]) > 4.2) or (is_hex and _entropy(match[1]) > 3.4):
            yield match[1]


def test_no_secret_is_in_the_repository() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S607
    found, looked = [], 0
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        # Lock files are hashes; this file is full of what it looks for.
        if name.startswith(("lock/", "data/")) or path == Path(__file__) or not path.is_file():
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        looked += 1
        found += [f"{name}: {secret[:12]}…" for secret in _secrets(text)]
    assert found == []
    record.note("T23", "secrets in the repository", f"0 in {looked} files")


@pytest.mark.parametrize(
    "planted",
    [
        "AKIA" + "ABCDEFGH23456789",
        "ghp_" + "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8",
        "-----BEGIN " + "PRIVATE KEY-----",
        'client_secret = "' + 'q9Xv-7Lm2_pZ4rTb"',
        'PASSWORD: "' + 'hG7#kd92!mQzPw4x"',
        'x = "' + '3f9a1c0be7d24586a9c3e1f70b2d4c68"',
        "k = 'mF3vXw9Qz7LpR2sT8uYbN4cD6eGh1JkA'",
    ],
)
def test_the_scan_catches_a_planted_secret(planted: str) -> None:
    assert list(_secrets(planted))
