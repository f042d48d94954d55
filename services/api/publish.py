"""`python -m services.api.publish`: write docs/openapi.json anew, unless that would break a client.

`--breaking` writes it all the same: then the changelog says what breaks, and since when.
"""

import json
import sys
from datetime import UTC, datetime

from services.api.app import create_app
from services.api.contract.breaking import breaking
from services.api.contract.document import PATH, document
from services.api.settings import Settings


def main() -> int:
    """Write the document; returns the exit status."""
    settings = Settings(
        database_url="postgresql://x_login:x@localhost/x", redis_url="redis://localhost", public_url="https://x.example"
    )
    new = document(create_app(settings))
    today = datetime.now(UTC).date()  # noqa: TID251 - of whoever publishes; no product runs
    found = breaking(json.loads(PATH.read_text()), new, today=today) if PATH.exists() else []
    for sentence in found:
        sys.stdout.write(f"{sentence}\n")
    if found and "--breaking" not in sys.argv:
        sys.stdout.write("Nothing was written: these would break a client. Add what is new beside what is there.\n")
        return 1
    PATH.write_text(json.dumps(new, indent=1, ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
