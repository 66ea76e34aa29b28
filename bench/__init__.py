"""What is measured: each module prints a table, none is a test."""
