"""An Asana-compatible server and a scripted model, for the demo, for tests and for play."""
