"""The words of the field: agents, indications, procedures, processes and sources, with their codes."""
