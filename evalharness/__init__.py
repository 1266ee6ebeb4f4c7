"""Record, replay and evaluate Realtime voice sessions."""
