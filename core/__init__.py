"""The engine of UniSync Studio: everything a headless render needs. No Qt in here."""
