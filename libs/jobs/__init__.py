"""Jobs: rows in `shared.job`, claimed by workers. `jobs.add(session, kind, ...)` asks for one."""

from libs.jobs.table import add

__all__ = ["add"]
