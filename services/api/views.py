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
    """An error as a page: what happened, and one next step.

    Attributes:
        again: fields of a form that did not go through, for a button that sends it to the same address again; None
            where there is nothing to send.
        is_explained: it is looked up, and has not happened.
    """

    status: int
    title: str
    detail: str
    next_url: str
    next_label: str
    line_phone: str | None = None
    again: tuple[tuple[str, str], ...] | None = None
    is_explained: bool = False

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

    @classmethod
    def of_code(cls, status: HTTPStatus, title: str, advice: str) -> "ProblemPage":
        """Explain a code to whoever looks it up: nothing has happened to them."""
        return cls(status, title, advice, "/developers", "For developers", is_explained=True)

    @classmethod
    def of_away(cls, path: str, sent: tuple[tuple[str, str], ...] | None) -> "ProblemPage":
        """Say that the database is away, to somebody who stood at `path` and had sent `sent`, if anything."""
        status, again = HTTPStatus.SERVICE_UNAVAILABLE, "Try again"
        if sent is None:
            return cls(status, "We can't answer right now.", "Nothing is lost.", path, again)
        title = "That didn't go through."
        if path.startswith("/r/") and path.endswith("/ask"):
            detail = "What you chose is still here. Try again: you ask only once."
        else:
            detail = "Nothing is lost. Try again."
        return cls(status, title, detail, path, again, again=sent)


_STAFF = frozenset({"deployments", "peer", "coordinator", "program", "desk", "dashboard", "schedule", "sign-on"})
