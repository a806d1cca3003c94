"""Proof of the protocol: an explicit-state model, real interleavings, state machines over real stores."""
