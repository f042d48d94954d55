"""What a notice says. Nothing but "open the dashboard": no name, no agency, no topic (domain, rule 4)."""

ON_DUTY_SUBJECT = "On-duty notice"
ON_DUTY_NOTICE = "On-duty notice. Open the dashboard."
NO_LONGER_NEEDED = "Someone has it. Thank you for being ready."
"""Follows a notice that was under way when it was called off."""


def code_notice(code: str) -> str:
    """Return the letter that proves a channel: digits and what to do with them, nothing of what they are for."""
    return f"Your code: {code[:3]} {code[3:]}. Type it on the page that asked for it. It works for 10 minutes."
