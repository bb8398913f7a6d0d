"""How a change of the live tree gets to AWS: what Atlantis and workflows run is made and checked here."""
