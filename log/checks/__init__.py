"""A log held against its own evidence: verify, doctor, proofs."""
