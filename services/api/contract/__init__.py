"""The contract with integrators: the part of the API that is promised, and what would break it."""
