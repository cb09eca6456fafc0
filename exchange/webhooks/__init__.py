"""Webhooks: connected systems are told of events at an address of their own."""
