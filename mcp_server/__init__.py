"""ML Clusters: GPU capacity on AWS and the clusters that run on it, for Claude Code and other MCP clients."""

__version__ = "0.1.0"
