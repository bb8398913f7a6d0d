"""What an MCP client sees: one module per subject, each translating arguments into one domain call."""
