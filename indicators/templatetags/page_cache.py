"""{% cached_body body %}…{% endcached_body %}: the part of a page that `indicators.page_cache` caches."""

from typing import Any

from django import template
from django.template import Context
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.safestring import SafeString

from indicators.page_cache import CachedBody

register = template.Library()


@register.tag
def cached_body(parser: Parser, token: Token) -> "CachedBodyNode":
    """Render the contents, or take them from the cache.

    They see `selection`, the body's parameters (`request.GET`), `frame.is_demo` and the context of the body's
    `make`; no other data of the page. {% cached_body body %}…{% endcached_body %}: body: an `indicators.page_cache.CachedBody`. {%
    cached_body body "lead" %} where a page has several parts.
    """
    _, name, *part = token.split_contents()
    nodes = parser.parse(("endcached_body",))
    parser.delete_first_token()
    return CachedBodyNode(parser.compile_filter(name), part[0].strip('"') if part else "", nodes)


class CachedBodyNode(template.Node):
    def __init__(self, body: FilterExpression, part: str, nodelist: NodeList) -> None:
        self.body, self.part, self.nodelist = body, part, nodelist

    def render(self, context: Context) -> SafeString:
        def draw(body_context: dict[str, Any]) -> str:
            return self.nodelist.render(context.new(body_context))

        body: CachedBody = self.body.resolve(context)
        return body.shown(draw, self.part)
