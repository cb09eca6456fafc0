"""The province's logo, which the login page shows too."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from core.installation.models import Installation

# The address names the content, so that it never changes under it.
FOR_EVER = "public, max-age=31536000, immutable"


@login_not_required
@require_safe
def logo(request: HttpRequest, digest: str) -> HttpResponse:
    """Send the picture with this digest; 404 for any other."""
    installation = Installation.objects.filter(logo_digest=digest).first()
    if installation is None or installation.logo is None:
        raise Http404("Không có biểu trưng này.")
    headers = {"Cache-Control": FOR_EVER, "X-Content-Type-Options": "nosniff"}
    return HttpResponse(bytes(installation.logo), content_type=installation.logo_type, headers=headers)
