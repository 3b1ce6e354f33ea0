"""Announced figures: computed again, and judged."""
