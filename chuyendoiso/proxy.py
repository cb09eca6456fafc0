"""Whose request it is, behind the proxy of a production."""


class ClientAddressMiddleware:
    """REMOTE_ADDR becomes the address that the proxy saw: the audit log and the limit on guessed logins go by it.

    Used in production only, where nothing but the proxy reaches the product and the proxy sets X-Real-IP itself.
    """

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if address := request.META.get("HTTP_X_REAL_IP"):
            request.META["REMOTE_ADDR"] = address
        return self.get_response(request)
