"""The FCC's Master PSAP Registry: read, understood, kept as the shared catalogue."""
