from libs.peer.registry import errors, layout


def test_the_header_is_found_wherever_it_stands() -> None:
    grid: layout.Grid = [["Title"], [], ["", *layout.COLUMNS.values()], ["", 1.0, "Ray", "MO"], [], ["", 2.0]]
    header = layout.find_header(grid)

    assert header is not None
    assert (header.row, header.missing, header.repeated) == (3, (), ())
    rows, blank = layout.rows_below(grid, header)
    assert [(each.number, each.psap_id, each.state, each.modified) for each in rows] == [
        (4, 1.0, "MO", ""),
        (6, 2.0, "", ""),
    ]
    assert blank == (5,)


def test_a_header_names_what_it_lacks_and_what_it_has_twice() -> None:
    titles = ["PSAP ID", "psap name", "State ", "State", "City", "Comments", "Date Last Modified"]
    header = layout.find_header([["Type of Change"], titles])

    assert header is not None
    assert (header.row, header.missing, header.repeated) == (2, ("County", "Type of Change"), ("State",))


def test_a_sheet_of_something_else_has_no_header() -> None:
    assert layout.find_header([["Name", "State", "City"], ["Ana", "MO", "Arden"]]) is None


def test_errors_say_what_to_do() -> None:
    missing = errors.ColumnMissing(["County"], "psaps", 11)
    assert missing.detail.startswith("The header in row 11 of sheet “psaps” has no column “County”.")
    unknown = errors.UnknownCounty("Rey", "MO", ["Ray"])
    assert unknown.detail == "The catalogue has no county “Rey” in MO. Did you mean Ray?"
    assert errors.UnknownCounty("Rey", "MO", []).detail.endswith("Check the spelling and the state.")
