"""Entry without a line (decision 0315): the manifest with which the entry page installs, the service worker that keeps an
agency's own sheets on the machine, the page shown where a page is not kept."""

import json
from urllib.parse import urlsplit

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from agencies.models import User
from core.installation.queries import current
from indicators import page_cache

# Only an answer with this header, the number of the person that it was drawn for, may be kept by the worker.
COPY_HEADER = "X-Offline-Copy"
# What the sheet needs to be drawn and to work. A test follows the imports of its script.
FILES = (
    "css/app.css",
    "img/mark.svg",
    *(f"fonts/be-vietnam-pro-{weight}.woff2" for weight in (400, 500, 600, 700)),
    "fonts/inter.woff2",
    "js/pages/frame.js",
    *(f"js/entry/{name}.js" for name in ("commands", "entry", "offline", "rows", "saving")),
    *(f"js/lib/{name}.js" for name in ("autosave", "drafts", "grid", "numbers", "paste")),
)
ICONS = (("icon-192", 192, "any"), ("icon-512", 512, "any"), ("icon-mask-512", 512, "maskable"))
COLOUR = "#1b4f8f"


def allow_copy(response: HttpResponse, user: User) -> HttpResponse:
    """Let the worker of the person's machine keep an answer; return it."""
    response[COPY_HEADER] = str(user.pk)
    return response


@login_not_required
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """Send the service worker: what it has to know of this release, and its script. Public, because the browser asks for it
    again whoever is signed in; it says nothing of anybody. Another release is another text, so the browser changes over."""
    facts = {
        "release": page_cache.code()[:12],
        "files": [urlsplit(static(name)).path for name in FILES],
        "page": reverse("offline"),
        "sheets": reverse("entry_current"),
        "header": COPY_HEADER,
    }
    script = f"self.OFFLINE = {json.dumps(facts)};\nimportScripts({json.dumps(static('js/entry/worker.js'))});\n"
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@login_not_required
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Send the web manifest: name, icons, the page that the installed application opens. Public: browsers ask for it without
    cookies."""
    name = current().system_name
    facts = {
        "name": f"{name}: nhập số liệu",
        "short_name": name,
        "lang": "vi",
        "id": reverse("entry_current"),
        "start_url": reverse("entry_current"),
        "scope": "/",
        "display": "standalone",
        "background_color": "#ffffff",
        "theme_color": COLOUR,
        "icons": [
            {"src": static(f"img/{icon}.png"), "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for icon, size, purpose in ICONS
        ],
    }
    return JsonResponse(facts, content_type="application/manifest+json")


@login_not_required
@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Show that there is no line. The worker keeps it without cookies, as nobody's page."""
    return render(request, "indicators/submissions/offline.html")
