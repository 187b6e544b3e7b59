"""The commands, one a file; each file has one `command`."""
