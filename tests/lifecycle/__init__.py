"""Lifecycle scripts of HyperPod."""
