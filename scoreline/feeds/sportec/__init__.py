"""DFL event data as Sportec delivers it (football)."""
