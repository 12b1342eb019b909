"""A package, so that the server and the browser end with these tests and not with all others."""
