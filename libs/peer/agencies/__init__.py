"""Agencies: how they come to take part, and how they change. The program asks, the owner's side carries out."""
