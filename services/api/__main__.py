"""`python -m services.api`: serve."""

import uvicorn

from libs.telemetry import errors, logs
from services.api.app import create_app
from services.api.settings import Settings


def main() -> None:
    """Serve until told to stop; open live pages are let go after two seconds."""
    settings = Settings()
    logs.configure("api")
    errors.configure(settings.sentry_dsn.get_secret_value(), service="api")
    uvicorn.run(
        create_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
