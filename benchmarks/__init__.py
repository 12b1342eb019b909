"""What ``make bench`` runs. Each file answers one question, with a table on the screen and JSON in out/bench/."""
