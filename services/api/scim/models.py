"""What we publish of SCIM: one kind of resource, with no attribute that is not kept (docs/decisions/0034-scim.md)."""

from typing import Annotated, Any

from scim2_models import (
    URN,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    ExtensibleStringEnum,
    Filter,
    Patch,
    Required,
    Resource,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)
from scim2_server.service import ScimService

from libs.peer.accounts.models import Role
from libs.peer.provisioning.rules import MOST_IN_A_PAGE


class RoleValue(ExtensibleStringEnum):
    """Roles that mean something here; others are taken in and not kept."""

    psap_admin = Role.PSAP_ADMIN.value


class DeskRole(ComplexAttribute):
    """A role of somebody at the desk."""

    value: RoleValue | None = None


class User(Resource[Any]):
    """Somebody whom a center's directory names."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    external_id: Annotated[str | None, CaseExact.true] = None
    display_name: str | None = None
    active: bool | None = None
    roles: list[DeskRole] | None = None


_CONFIG = ServiceProviderConfig(
    patch=Patch(supported=True),
    bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
    filter=Filter(supported=True, max_results=MOST_IN_A_PAGE),
    change_password=ChangePassword(supported=False),
    sort=Sort(supported=False),
    etag=ETag(supported=True),
    authentication_schemes=[
        AuthenticationScheme(
            type=AuthenticationScheme.Type.oauthbearertoken,
            name="Bearer token",
            description="A token that an admin of the center makes on the page of its staff directory.",
            primary=True,
        )
    ],
)
# Directories send more than is kept, and Entra removes by value: both are understood.
_POLICY = ScimPolicy(unknown=ScimPolicy.Unknown.ignore, remove_value_as_filter=ScimPolicy.RemoveValue.apply)

SERVICE = ScimService(ScimProvider(models=[User], config=_CONFIG, policy=_POLICY))
"""The protocol: reads requests, applies PATCH, writes answers; stores nothing."""
