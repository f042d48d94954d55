"""How paging goes on: numbers that hold for every callout."""

from datetime import timedelta

FLOOD_HOLDS = timedelta(minutes=5)
"""While asks come in a flood, how long a new one is the coordinators' alone before peers are asked as usual.

Source: design, section 5 "Flood"; docs/decisions/0012-flood.md
"""
