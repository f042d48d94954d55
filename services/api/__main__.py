"""`python -m services.api`: serve."""

import time

import uvicorn

from libs.jobs.watch import Watch
from libs.telemetry.alarm import DeadMan
from libs.telemetry.start import start
from services.api.app import create_app
from services.api.settings import Settings


def main() -> None:
    """Serve until told to stop; open live pages are let go after two seconds."""
    settings = Settings()
    start("api", settings)
    app = create_app(settings)
    # The second pair of eyes: a worker that is gone raises no alarm.
    dead_man = DeadMan(settings.alarm_url.get_secret_value(), time.monotonic())
    Watch(settings.database_url.get_secret_value(), dead_man).start()
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,  # whose word counts is decided where an address does (services/api/deps.py)
        timeout_graceful_shutdown=2,
    )


if __name__ == "__main__":
    main()
