"""The command line: arguments in, sentences out. One file for each command."""
