"""Views that belong to no area."""

from dataclasses import dataclass
from http import HTTPStatus

from services.api.requests.views import Choice


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

    @classmethod
    def of(cls, status: HTTPStatus, title: str, detail: str) -> "ProblemPage":
        """Choose the next step that helps."""
        if status is HTTPStatus.UNAUTHORIZED:
            return cls(status, title, detail, "/sign-in", "Sign in")
        if status in {HTTPStatus.CONFLICT, HTTPStatus.FORBIDDEN}:
            return cls(status, title, detail, "/dashboard", "Back to your page")
        return cls(status, title, detail, "/", "Start page")
