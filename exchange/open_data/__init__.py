"""Open data: what was published of a plan, for everybody, once the standing agency has opened it."""
