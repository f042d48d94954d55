"""What can be wrong with a line of a roster: what was found, and what to do about it. Never what the cell holds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One problem of one cell.

    Attributes:
        line: as a spreadsheet counts its rows, the header included.
        column: code of the column; empty for the line as a whole.
        code: key of SAYINGS.
        names: names of ours to choose between (agencies, columns), or another line's number; never a cell's content.
    """

    line: int
    column: str
    code: str
    names: tuple[str, ...] = ()

    @property
    def found(self) -> str:
        """What kind of thing stands there, in English."""
        return SAYINGS[self.code][0]

    @property
    def fix(self) -> str:
        """What to do about it, in English; `%(names)s` filled in."""
        return SAYINGS[self.code][1] % {"names": self.said}

    def as_json(self) -> dict[str, object]:
        """Return it as values for `json.dumps`."""
        said = {"line": self.line, "column": self.column, "code": self.code, "found": self.found, "fix": self.fix}
        return {**said, "names": list(self.names)} if self.names else said

    @property
    def said(self) -> str:
        """The names as a list in a sentence."""
        return "; ".join(self.names)


class CellFault(Exception):
    """A cell that cannot be used."""

    def __init__(self, code: str, names: tuple[str, ...] = ()) -> None:
        super().__init__(code)
        self.code = code
        self.names = names


SAYINGS: dict[str, tuple[str, str]] = {
    "column_missing": ("This column is not there.", "Add it to the header, or start from the template."),
    "column_twice": ("This column is there twice.", "Delete or rename one of the two."),
    "cells_beyond": (
        "The line has more cells than the header.",
        "Put cells that contain the separator in double quotes, or delete what stands to the right.",
    ),
    "empty": ("It is empty.", "Fill it in."),
    "too_long": ("The text is too long.", "Shorten it to %(names)s characters."),
    "control": ("It holds a character that cannot be printed.", "Type the cell anew."),
    "name_is_none": ("This looks like an address or a number, not a name.", "Write first and last name."),
    "agency_unknown": ("No agency of this region goes by this.", "Use the slug, name or FCC id of one."),
    "agency_close": ("No agency of this region goes by this.", "Perhaps one of these is meant: %(names)s."),
    "agency_ambiguous": ("Several agencies go by this name.", "Write the slug of one: %(names)s."),
    "agency_elsewhere": (
        "This agency belongs to another region.",
        "Use an agency of this region, or ask whoever runs this site to move it.",
    ),
    "discipline_unknown": ("It is none of the four disciplines.", "Write dispatch, fire, EMS or law."),
    "team_unknown": ("It is none of the teams.", "Write roving, command-level, both, or in-house."),
    "role_in_house": (
        "No one leads an in-house team: the region's coordinators look after it.",
        "Give in-house a line of its own, with the role peer.",
    ),
    "role_unknown": ("This role is not known.", "Write peer, coordinator, deputy or clinician."),
    "language_unknown": ("It is no language that we know.", "Write names or codes, such as English; es."),
    "phone_none": ("It is not a phone number.", "Write a number such as (816) 555-0123, and nothing else."),
    "phone_without_area_code": ("It is not a phone number with area code.", "Put the area code before it."),
    "phone_impossible": (
        "No phone can have this number.",
        "Check the digits; ten for the US, a + and the country for others.",
    ),
    "phone_extension": ("It has an extension, which cannot be called or texted.", "Write the direct number."),
    "phone_of_somebody": ("In a demonstration only numbers of fiction may stand here.", "Use 555-0100 to 555-0199."),
    "phone_missing": ("There is no number to give to somebody who asks.", "Fill in Phone or Duty phone."),
    "email_none": ("It is not an e-mail address.", "Write it like name@example.org."),
    "email_of_somebody": ("In a demonstration only addresses of fiction may stand here.", "Use one of example.org."),
    "date_none": ("It is not a date.", "Write year-month-day, such as 2025-03-31."),
    "date_unclear": ("The year has two digits, or it is a plain number.", "Write year-month-day, such as 2025-03-31."),
    "date_impossible": ("There is no such day.", "Write year-month-day, such as 2025-03-31."),
    "date_far": ("The year cannot be right.", "Write a year from 1980 to 2100."),
    "lapses_before": ("It ends before, or on the day, it begins.", "Check both days."),
    "hours_none": ("It is not a number.", "Write whole hours, such as 40."),
    "hours_part": ("It is not a whole number.", "Round down to whole hours."),
    "hours_far": ("Nobody has so many hours.", "Write whole hours from 0 to 9999."),
    "module_unknown": (
        "It names a module that is none of the four areas.",
        "Write stress indicators; scope; resources; de-escalation, each with its day if known.",
    ),
    "module_date": (
        "A module's day cannot be read.",
        "Write it like: scope 2025-03-31, or scope 2025-03-31 until 2027-03-31.",
    ),
    "module_twice": ("A module is named twice.", "Name each of the four once."),
    "time_zone_unknown": ("It is no time zone.", "Write an IANA name, such as America/Chicago, or leave it empty."),
    "nobody": (
        "Nothing tells who this is.",
        "Fill in E-mail, Phone or Member key, so that the next import knows the person again.",
    ),
    "person_twice": ("This person is in this team already.", "Delete this line, or line %(names)s."),
    "person_differs": (
        "Another line of the same person says something else here.",
        "Write here what stands on line %(names)s; two people need two addresses.",
    ),
    "person_two": (
        "Key, e-mail and phone belong to two different members.",
        "Correct what belongs to the other one.",
    ),
}
"""By code: what was found, and the fix. The pages' Spanish for each is in es.po."""
