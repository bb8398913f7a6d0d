"""An offering becomes a reservation, once, and only when a person says so."""
