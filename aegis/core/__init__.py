"""What Aegis decides, as pure functions over frozen values: no input or output happens here."""
