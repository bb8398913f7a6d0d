"""What AWS sells, over accounts, regions and durations at once."""
