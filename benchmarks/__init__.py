"""What ``make bench`` runs: one file for each question, a table on the screen and a JSON file in out/bench/."""
