"""Run a module of this project in a process of its own, with limits."""
