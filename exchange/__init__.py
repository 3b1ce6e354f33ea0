"""From tables that others wrote to events: what each record says, what cannot be an event and why, and what is new."""
