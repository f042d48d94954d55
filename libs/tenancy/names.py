"""Names of roles and schemas: opaque, and with the database's own prefix, since roles are cluster-wide."""

import secrets
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from libs.tenancy.errors import SetupError
from libs.tenancy.planes import PlaneKind

_LOGIN_SUFFIX = "_login"


@dataclass(frozen=True, slots=True)
class RoleNames:
    """The roles of one database.

    Attributes:
        prefix: what each begins with, for example `owncall`.
    """

    prefix: str

    @property
    def login(self) -> str:
        """The application's login: NOINHERIT, owns nothing, may read nothing by itself."""
        return self.prefix + _LOGIN_SUFFIX

    @property
    def owner(self) -> str:
        """Owns every table; used by the migration command alone."""
        return f"{self.prefix}_owner"

    def group(self, kind: PlaneKind) -> str:
        """Return the role of a plane, or the group of roles of which each tenant has one."""
        return f"{self.prefix}_{kind}"

    def tenant(self, kind: PlaneKind, token: str) -> str:
        """Return the role of one tenant's plane."""
        return f"{self.prefix}_{kind}_{token}"


def of_login(url: str) -> RoleNames:
    """Read the prefix off the login's name, so that one address says everything.

    Raises:
        SetupError: the user of `url` is not called `<prefix>_login`.
    """
    user = unquote(urlsplit(url).username or "")
    if not user.endswith(_LOGIN_SUFFIX) or user == _LOGIN_SUFFIX:
        raise SetupError(
            f"OWNCALL_DATABASE_URL must sign in as a role called <prefix>{_LOGIN_SUFFIX}; "
            "`owncall database create` makes one."
        )
    return RoleNames(user.removesuffix(_LOGIN_SUFFIX))


def new_token() -> str:
    """Draw what a tenant's schema and roles are called: twelve hex digits that tell nothing."""
    return secrets.token_hex(6)


def schema(token: str) -> str:
    """Return the schema of the tenant with `token`."""
    return f"t_{token}"


def token_of(schema_name: str) -> str:
    """Return the token of the tenant whose schema it is."""
    return schema_name.removeprefix("t_")
