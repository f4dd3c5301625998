"""Conversations, cuts, pauses and pace to plans: what shall happen. A plan is a value."""
