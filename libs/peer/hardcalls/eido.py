"""What is taken out of an EIDO (NENA-STA-021.1b): types, tracking identifiers, times, positions. Nothing else is read.

Components that hold places, people, notes, calls and media are no fields here: they are passed over while the bytes are
parsed, become no object, and so can be neither logged nor stored nor be part of an error.
"""

from typing import Annotated, Any

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from libs.peer.hardcalls import rules
from libs.peer.hardcalls.errors import EidoUnreadableError, EidoUnsoundError
from libs.peer.hardcalls.rules import Call

_ROLES = ("call", "dispatch", "telecommunicator")
"""Words in the registry's roles of those who take calls or dispatch: `Call Taking`, `Dispatching`."""


def _several(value: object) -> object:
    """Take one where the standard has a list, and nothing where it has null."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _one(value: object) -> object:
    """Take the first where somebody sends a list, and nothing where it has null."""
    first = value[0] if isinstance(value, list) and value else value
    return "" if first is None or first == [] else first


Text = Annotated[str, BeforeValidator(_one), Field(max_length=500)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True, frozen=True)


class Reference(_Part):
    """A `$ref`: the `$id` of another component."""

    ref: Text = Field(default="", alias="$ref")


Pointer = Annotated[Reference, BeforeValidator(lambda value: {} if value is None else value)]


class Incident(_Part):
    """What is read of an incident component."""

    common: Text = Field(default="", alias="incidentTypeCommonRegistryText")
    internal: Text = Field(default="", alias="incidentTypeInternalText")
    tracking: Text = Field(default="", alias="incidentTrackingIdentifier")
    updated_at: AwareDatetime | None = Field(default=None, alias="lastUpdateTimeStamp")


class Agency(_Part):
    """What is read of an agency component."""

    id: Text = Field(default="", alias="$id")
    kinds: Annotated[list[Text], BeforeValidator(_several)] = Field(default=[], alias="agencyType")


class Agent(_Part):
    """What is read of an agent component: where somebody sat, as what, for whom. Their key is passed over."""

    position: Text = Field(default="", alias="agentWorkstationPositionIdentification")
    roles: Annotated[list[Text], BeforeValidator(_several)] = Field(default=[], alias="agentRoleRegistryText")
    agency: Pointer = Field(default=Reference(), alias="agencyReference")

    @property
    def is_telecommunicator(self) -> bool:
        """Whether a role says so, or none is said."""
        return not self.roles or any(word in role.lower() for role in self.roles for word in _ROLES)


class Eido(_Part):
    """An EIDO, as far as it is read."""

    id: str = Field(alias="$id", min_length=1, max_length=500)
    updated_at: AwareDatetime | None = Field(default=None, alias="lastUpdateTimeStamp")
    updated_by: Pointer = Field(default=Reference(), alias="updatedByAgencyReference")
    incidents: Annotated[list[Incident], BeforeValidator(_several)] = Field(default=[], alias="incidentComponent")
    agencies: Annotated[list[Agency], BeforeValidator(_several)] = Field(default=[], alias="agencyComponent")
    agents: Annotated[list[Agent], BeforeValidator(_several)] = Field(default=[], alias="agentComponent")

    @property
    def calls(self) -> tuple[Call, ...]:
        """What happened: one for each incident component."""
        return tuple(
            Call(one.tracking or self.id, one.common, one.internal, one.updated_at or self.updated_at)
            for one in self.incidents
        )

    @property
    def positions(self) -> tuple[str, ...]:
        """Where telecommunicators of the agency that sent it sat; another agency's position 5 is not this one's."""
        psaps = {one.id: not one.kinds or "psap" in map(str.lower, one.kinds) for one in self.agencies}
        return rules.unique(
            one.position
            for one in self.agents
            if one.is_telecommunicator and self._is_senders(one.agency.ref) and psaps.get(one.agency.ref, True)
        )

    def _is_senders(self, agency: str) -> bool:
        return not agency or not self.updated_by.ref or agency == self.updated_by.ref


def read(body: bytes) -> Eido:
    """Read an EIDO.

    Raises:
        EidoUnreadableError: no JSON, no UTF-8, or nested too deeply.
        EidoUnsoundError: JSON, and no EIDO; it names the parts, never what stood there.
    """
    try:
        return Eido.model_validate_json(body)
    except ValidationError as error:
        found: list[Any] = error.errors(include_url=False, include_context=False, include_input=False)
    if any(item["type"] == "json_invalid" for item in found):
        raise EidoUnreadableError
    raise EidoUnsoundError([("/" + "/".join(map(str, item["loc"])), item["type"]) for item in found])
