"""Says whether what happened was right: what a server answers, against what it answered in the recording."""
