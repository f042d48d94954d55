"""The columns of a roster file, and how a header names them."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from libs.peer.roster.faults import Fault


class Column(StrEnum):
    """A column by its code; in the order of the template."""

    NAME = "name"
    AGENCY = "agency"
    DISCIPLINE = "discipline"
    RANK = "rank"
    TEAM = "team"
    ROLE = "role"
    LANGUAGES = "languages"
    PHONE = "phone"
    DUTY_PHONE = "duty_phone"
    EMAIL = "email"
    DESIGNATED = "designated"
    LAPSES = "lapses"
    HOURS = "training_hours"
    MODULES = "modules"
    TIME_ZONE = "time_zone"
    MEMBER_KEY = "member_key"


TITLES: dict[Column, str] = {
    Column.NAME: "Name",
    Column.AGENCY: "Agency",
    Column.DISCIPLINE: "Discipline",
    Column.RANK: "Rank",
    Column.TEAM: "Team",
    Column.ROLE: "Role",
    Column.LANGUAGES: "Languages",
    Column.PHONE: "Phone",
    Column.DUTY_PHONE: "Duty phone",
    Column.EMAIL: "E-mail",
    Column.DESIGNATED: "Designated",
    Column.LAPSES: "Lapses",
    Column.HOURS: "Training hours",
    Column.MODULES: "Modules",
    Column.TIME_ZONE: "Time zone",
    Column.MEMBER_KEY: "Member key",
}
"""As the template writes them."""

OF_A_TEAM = frozenset({Column.TEAM, Column.ROLE, Column.DESIGNATED, Column.LAPSES})
"""What may differ between two lines of one person; everything else is the person's."""

REQUIRED = (Column.NAME, Column.AGENCY, Column.TEAM)
_ALIASES: dict[Column, str] = {
    Column.NAME: "full name, member, member name, peer, nombre, nombre completo",
    Column.AGENCY: "center, psap, department, fcc id, agency name, agency slug, centro, agencia",
    Column.DISCIPLINE: "disciplina",
    Column.RANK: "title, position, rango, puesto",
    Column.TEAM: "teams, equipo, equipos",
    Column.ROLE: "team role, coordinator, is coordinator, team coordinator, lead, rol, coordinador, coordinadora",
    Column.LANGUAGES: "language, idioma, idiomas",
    Column.PHONE: "own phone, cell, cell phone, mobile, phone number, telefono, celular",
    Column.DUTY_PHONE: "duty number, telefono de turno",
    Column.EMAIL: "mail, email address, correo, correo electronico",
    Column.DESIGNATED: "designation, designation date, designated on, designacion, fecha de designacion",
    Column.LAPSES: "lapse, lapses on, designated until, valid until, vence",
    Column.HOURS: "hours, training, hours of training, horas, horas de formacion",
    Column.MODULES: "module, training modules, modulos",
    Column.TIME_ZONE: "tz, timezone, zona horaria, huso horario",
    Column.MEMBER_KEY: "key, member id, roster number, clave",
}


def plain(text: str) -> str:
    """Return small letters and digits alone, without accents: how headers, names and choices are compared."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[\W_]+", "", "".join(letter for letter in bare if not unicodedata.combining(letter)))


_BY_NAME = {
    plain(name): column for column in Column for name in (column, TITLES[column], *_ALIASES[column].split(", "))
}


@dataclass(frozen=True, slots=True)
class Header:
    """Where the columns stand.

    Attributes:
        line: the header's own.
        places: index of each column that is there.
        unused: letters of the columns that mean nothing to us, as a spreadsheet names them.
        width: number of cells.
        faults: columns that are missing or there twice; empty when the header can be used.
    """

    line: int
    places: dict[Column, int]
    unused: tuple[str, ...]
    width: int
    faults: tuple[Fault, ...]


def header(line: int, cells: Sequence[str]) -> Header:
    """Read a header, in any order, case and spelling of blanks."""
    places: dict[Column, int] = {}
    faults, unused = [], []
    for index, cell in enumerate(cells):
        column = _BY_NAME.get(plain(cell))
        if column is None:
            unused += [letter(index)] if cell.strip() else []
        elif column in places:
            faults.append(Fault(line, column, "column_twice"))
        else:
            places[column] = index
    faults += [Fault(line, column, "column_missing") for column in REQUIRED if column not in places]
    return Header(line, places, tuple(unused), len(cells), tuple(faults))


def letter(index: int) -> str:
    """Return a column's name in a spreadsheet: 0 is A, 26 is AA."""
    return ("" if index < 26 else letter(index // 26 - 1)) + chr(ord("A") + index % 26)  # noqa: PLR2004 - the alphabet
