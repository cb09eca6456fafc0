"""The connection of the worker to Redis."""

from kombu.transport import redis
from redis.exceptions import ResponseError


class Transport(redis.Transport):
    """Celery's connection to Redis, which is made anew where Redis refuses a command, as a full one does, instead of ending the
    worker."""

    connection_errors = (*redis.Transport.connection_errors, ResponseError)
