"""For whoever writes a system that calls us: quickstart, every operation, a console, the errors."""
