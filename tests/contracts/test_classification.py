"""Every column is classified, and the page that says what a subpoena yields is the classification's.

That the real database has these columns and no others: tests/db/test_schemas.py.
"""

from libs.peer import tables
from libs.tenancy import classified, data_page, plane_table
from libs.tenancy.classification import Kind, Retention
from libs.tenancy.planes import PlaneKind


def test_every_column_of_every_model_is_classified() -> None:
    for model in tables.ALL:
        name = str(model.__tablename__)
        shared = model.metadata.tables.get(f"shared.{name}")
        found = classified.TENANT if shared is None else classified.SHARED
        table = model.metadata.tables[name] if shared is None else shared
        assert set(table.columns.keys()) == set(found[name]), name


def test_every_kind_and_retention_is_used_and_every_purpose_said() -> None:
    columns = [
        column
        for tree in (classified.SHARED, classified.TENANT)
        for table in tree.values()
        for column in table.values()
    ]
    assert {column.kind for column in columns} == set(Kind)
    assert {column.retention for column in columns} == set(Retention)
    assert all(column.purpose.strip() == column.purpose != "" for column in columns)


def test_names_and_contacts_of_people_are_the_staffs_alone_and_care_has_none() -> None:
    for tree in (classified.SHARED, classified.TENANT):
        for table, columns in tree.items():
            if any(column.kind is Kind.STAFF for column in columns.values()):
                assert table in {"account", "member", "approver", "slot", "passkey", "desk_person", "shown_peer"}
    for columns in classified.TENANT.values():
        assert not {column.kind for column in columns.values()} & {Kind.STAFF, Kind.STAFF_ID, Kind.TIME}


def test_a_staff_members_own_contacts_are_read_by_the_program_alone() -> None:
    grants = plane_table.SHARED["member"]
    for column in ("email", "phone", "rank"):
        assert data_page.readers(grants, column) == {PlaneKind.PROGRAM}
    assert data_page.readers(grants, "duty_phone") == {PlaneKind.PROGRAM, PlaneKind.DISPATCH}


def test_a_photo_is_seen_by_its_owner_and_else_where_it_is_shown() -> None:
    for table, expected in (("photo", {PlaneKind.DISPATCH}), ("shown_peer", {PlaneKind.PROGRAM, PlaneKind.INTRANET})):
        named = [name for name, column in classified.SHARED[table].items() if column.kind is Kind.PHOTO]
        assert [data_page.readers(plane_table.SHARED[table], name) for name in named] == [expected]


def test_the_committed_page_is_the_classifications() -> None:
    assert data_page.PATH.read_text() == data_page.page(), "python -m libs.tenancy.data_page writes docs/data.md anew"
