"""Many runs at once: over step sizes, schedules and starts, and where they end."""
