"""Announced figures: recomputed and judged."""
