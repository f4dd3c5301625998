"""Text of curl to events, and events to conversations: what happened, byte by byte, and what is not known of it."""
