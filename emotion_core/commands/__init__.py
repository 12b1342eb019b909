"""What the command line offers, one file for each command."""
