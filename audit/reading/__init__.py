"""What a series of announcements says: rows as claims, and the terms under which they are read.

May import what `audit` may import. How a cell is read belongs to `exchange/register`; judging belongs to `audit/laws`.
"""
