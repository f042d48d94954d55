"""Jobs: rows in `shared.job`, claimed by workers. `jobs.add(session, kind, ...)` asks for one."""

from libs.jobs.table import SIGNAL, add, key

__all__ = ["SIGNAL", "add", "key"]
