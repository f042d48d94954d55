"""Both trees without a database: they render, are numbered in a line, and squawk has no doubt that is not reasoned."""

import re

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory

from libs.tenancy import migrate, trees
from libs.tenancy.trees import Tree
from services.cli import locks

TREES = [pytest.param(trees.SHARED, id="shared"), pytest.param(trees.AGENCY, id="agency")]
BAD = {
    "adding-required-field": "ALTER TABLE request ADD COLUMN weight smallint NOT NULL;",
    "require-concurrent-index-creation": "CREATE INDEX request_day_idx ON request (asked_on);",
    "constraint-missing-not-valid": "ALTER TABLE request ADD CONSTRAINT plain CHECK (language <> '');",
    "changing-column-type": "ALTER TABLE request ALTER COLUMN language TYPE char(2);",
    "renaming-column": "ALTER TABLE request RENAME COLUMN language TO tongue;",
    "ban-drop-column": "ALTER TABLE request DROP COLUMN language;",
    "ban-drop-table": "DROP TABLE setting;",
}


@pytest.mark.parametrize("tree", TREES)
def test_a_tree_renders_offline_and_its_files_are_numbered_as_they_follow(tree: Tree) -> None:
    config = Config()
    config.set_main_option("script_location", str(tree.folder))
    line = [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
    assert line[::-1] == list(tree.revisions) == [f"{number:04d}" for number in range(1, len(line) + 1)]
    assert f"VALUES ('{tree.revisions[0]}')" in migrate.render(tree=tree)
    for older in tree.revisions[:-1]:
        assert tree.head in migrate.render(f"{older}:{tree.head}", tree=tree)


def test_the_tenants_tree_names_no_schema_and_points_nowhere() -> None:
    sql = migrate.render(tree=trees.AGENCY).upper()
    for never in ("SHARED.", "REFERENCES", "TRIGGER", "CREATE TYPE", "CREATE DOMAIN", "SEARCH_PATH", "COMMIT"):
        assert never not in sql, never
    assert not re.search(r"\bT_[0-9A-F]{12}\b", sql)


@pytest.mark.parametrize("tree", TREES)
def test_squawk_has_no_doubt(tree: Tree) -> None:
    assert locks.squawk() is not None, "squawk-cli is among the development dependencies"
    assert locks.doubts(migrate.render(tree=tree)) == []
    assert locks.locks(migrate.render("head", tree=tree)) == []  # every table in it is new
    for older in tree.revisions[:-1]:
        assert locks.doubts(migrate.render(f"{older}:{tree.head}", tree=tree)) == []


@pytest.mark.parametrize("rule", BAD)
def test_squawk_catches_a_migration_that_would_hurt(rule: str) -> None:
    doubts = locks.doubts(BAD[rule])
    assert doubts is not None
    assert any(doubt.startswith(f"{rule}: ") for doubt in doubts), doubts
    taken = locks.locks(BAD[rule])
    assert taken is not None
    assert "lock; blocking: " in taken[0]


def test_every_rule_that_is_left_out_has_a_reason() -> None:
    assert all(len(reason) > 20 for reason in locks.EXCLUDED.values())
    assert not set(locks.EXCLUDED) & set(BAD)
