"""Exchange with other systems: who may connect, and the API by which they read figures and submit reports."""
