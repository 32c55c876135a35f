"""The pets app's part: photos, the original's network, feedback into PostgreSQL."""
