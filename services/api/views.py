"""Views that belong to no area."""

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list to choose from."""

    value: str
    name: str


@dataclass(frozen=True, slots=True)
class HomePage:
    """The first page: which region."""

    regions: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """An error as a page: what happened, and one next step."""

    status: int
    title: str
    detail: str
    next_url: str
    next_label: str
    line_phone: str | None = None

    @classmethod
    def of(cls, status: HTTPStatus, title: str, detail: str, path: str) -> "ProblemPage":
        """Choose the next step that helps, for somebody who stood at `path`."""
        area = path.split("/")[1:3]
        if area[0] == "r" and len(area) > 1 and status is not HTTPStatus.NOT_FOUND:
            return cls(status, title, detail, f"/r/{area[1]}/code", "I have a code")
        if status is HTTPStatus.UNAUTHORIZED:
            return cls(status, title, detail, "/sign-in", "Sign in")
        if area[0] in _STAFF:
            return cls(status, title, detail, "/dashboard", "Back to your page")
        return cls(status, title, detail, "/", "Start page")


_STAFF = frozenset({"peer", "coordinator", "program", "desk", "dashboard"})
