"""Where SCIM reads and writes: the desk's own people, in one transaction of the desk's plane."""

from typing import Any
from uuid import UUID

from scim2_models import (
    ConflictException,
    InvalidFilterException,
    InvalidValueException,
    Meta,
    NotFoundException,
    PreconditionFailedException,
    Resource,
    ResourceType,
    ResponseParameters,
    ScimFilter,
    SearchRequest,
    UniquenessException,
)
from scim2_models.path import CompareOperator, Comparison
from scim2_server.storage import AsyncScimStorage, SearchPage

from libs.peer.provisioning import people, rules
from libs.peer.provisioning.errors import UserNameTakenError
from libs.peer.provisioning.people import Named, Person, Search
from libs.tenancy.directory import AgencyRef
from libs.tenancy.planes import DeskSession
from services.api.scim.models import DeskRole, RoleValue, User


class DeskStorage(AsyncScimStorage):
    """The people of one center's directory, for one request."""

    def __init__(self, session: DeskSession, agency: AgencyRef, *, is_writing: bool) -> None:
        self._session = session
        self._agency = agency
        self._is_writing = is_writing

    async def get(
        self,
        resource_type: ResourceType,  # noqa: ARG002 - the interface's: there is one
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,  # noqa: ARG002 - the interface's
    ) -> Resource[Any]:
        """Return somebody; whoever writes holds them until that is over."""
        person_id = _id(resource_id)
        if self._is_writing:
            person = await people.locked(self._session, person_id)
        else:
            found = await people.find(self._session, Search(id=person_id), limit=1)
            person = found[0] if found else None
        if person is None:
            raise NotFoundException
        return _shown(person)

    async def search(
        self,
        resource_types: list[ResourceType],  # noqa: ARG002 - the interface's: there is one
        search_request: SearchRequest[Any],
        *,
        position: Any = None,  # noqa: ANN401, ARG002 - the interface's: of cursors, which are off
    ) -> SearchPage:
        """Return one page of those whom a filter finds."""
        search = _search(search_request.filter)
        offset = min(search_request.start_index_0 or 0, rules.LAST_PLACE)
        limit = min(search_request.count or 0, rules.MOST_IN_A_PAGE)
        found = await people.find(self._session, search, limit=limit, offset=offset)
        return SearchPage(await people.count(self._session, search), [_shown(one) for one in found])

    async def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:  # noqa: ARG002 - the interface's
        """Take in somebody new."""
        if await people.count(self._session, Search()) >= rules.MOST_PEOPLE:
            raise ConflictException
        try:
            return _shown(await people.add(self._session, self._agency, _named(resource, is_new=True)))
        except UserNameTakenError as error:
            raise UniquenessException from error

    async def update(
        self,
        resource_type: ResourceType,  # noqa: ARG002 - the interface's
        resource: Resource[Any],
        *,
        expected_version: str | None = None,
    ) -> Resource[Any]:
        """Write what is said of somebody now."""
        named, person_id, version = _named(resource, is_new=False), _id(str(resource.id)), _number(expected_version)
        try:
            person = await people.change(self._session, self._agency, person_id, named, version=version)
        except UserNameTakenError as error:
            raise UniquenessException from error
        if person is None:
            raise PreconditionFailedException
        return _shown(person)

    async def delete(
        self,
        resource_type: ResourceType,  # noqa: ARG002 - the interface's
        resource_id: str,
        *,
        expected_version: str | None = None,
    ) -> None:
        """Forget somebody."""
        version = _number(expected_version)
        if not await people.remove(self._session, self._agency, _id(resource_id), version=version):
            raise PreconditionFailedException


def _id(said: str) -> UUID:
    try:
        return UUID(said)
    except ValueError as error:
        raise NotFoundException from error


def _number(version: str | None) -> int:
    """Return the number in an ETag of ours; the protocol hands over the one that it has just read."""
    return int((version or "").removeprefix('W/"').removesuffix('"'))


def _search(asked: ScimFilter[Any] | None) -> Search:
    """Read a filter: one of three attributes, equal to a text.

    Raises:
        InvalidFilterException: it is another one.
    """
    if asked is None:
        return Search()
    node = asked.ast
    if not isinstance(node, Comparison) or node.op is not CompareOperator.eq or not isinstance(node.value, str):
        raise InvalidFilterException
    name, value = str(node.attr_path).rpartition(":")[2].lower(), node.value
    if name not in {"id", "username", "externalid"}:
        raise InvalidFilterException
    if not rules.is_sound(value):
        return Search(is_for_nobody=True)
    if name == "username":
        return Search(user_name=value)
    if name == "externalid":
        return Search(external_id=value)
    try:
        return Search(id=UUID(value))
    except ValueError:
        return Search(is_for_nobody=True)


def _named(resource: Resource[Any], *, is_new: bool) -> Named:
    """Keep what is kept of what the directory says; who is new and not said to be inactive is active.

    Raises:
        InvalidValueException: a text that cannot be kept.
    """
    assert isinstance(resource, User)  # noqa: S101 - the provider serves no other
    texts = (resource.user_name, resource.external_id, resource.display_name)
    if resource.user_name is None or not all(rules.is_sound(one) for one in texts):
        raise InvalidValueException
    active = True if is_new and resource.active is None else resource.active
    is_admin = any(one.value == RoleValue.psap_admin for one in resource.roles or ())
    return Named(resource.user_name, resource.external_id, resource.display_name, active, is_admin)


def _shown(person: Person) -> User:
    named = person.named
    return User(
        id=str(person.id),
        external_id=named.external_id,
        user_name=named.user_name,
        display_name=named.display_name,
        active=named.is_active,
        roles=[DeskRole(value=RoleValue.psap_admin)] if named.is_admin else None,
        meta=Meta(
            resource_type="User",
            created=person.created_at,
            last_modified=person.changed_at,
            version=f'W/"{person.version}"',
        ),
    )
