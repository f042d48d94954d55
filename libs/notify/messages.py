"""What a notice says. Nothing but "open the dashboard": no name, no agency, no topic (domain, rule 4)."""

ON_DUTY_NOTICE = "On-duty notice. Open the dashboard."
