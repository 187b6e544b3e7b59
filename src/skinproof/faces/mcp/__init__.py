"""The same answers for programs that speak the Model Context Protocol: `skinproof mcp`."""
