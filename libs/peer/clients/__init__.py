"""Integrators' clients: their keys, their tokens, and what each may do."""
