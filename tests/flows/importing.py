"""A process that imports a roster of many, to be killed in the middle of it. It runs the command of the product."""

import tempfile
from pathlib import Path

from services.cli.app import cli

HEAD = "Name,Agency,Team,Phone,E-mail,Modules"
PEOPLE = 1_500


def main() -> None:
    """Write a file and import it."""
    lines = [f"Peer {n},redbank,both,(816) 555-01{n % 100:02},p{n}@example.org,all" for n in range(PEOPLE)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "roster.csv"
        file.write_text("\n".join([HEAD, *lines]))
        cli(["roster", "import", str(file), "--region", "heartland", "--yes"])


if __name__ == "__main__":
    main()
