"""Published reports that are sent by mail, once a period."""
