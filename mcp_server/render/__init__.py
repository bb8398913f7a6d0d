"""What people read: tables and sentences."""
