"""{% kept body %}…{% endkept %}: the part of a page that `indicators.page_cache` caches."""

from django import template

register = template.Library()


@register.tag
def kept(parser, token):
    """Render the contents, or take them from the cache.

    They see `selection`, the body's parameters (`request.GET`), `shell.illustrative` and the context of the body's
    `make`; no other data of the page. {% kept body %}…{% endkept %}: body: an `indicators.page_cache.CachedBody`. {%
    kept body "lead" %} where a page has several parts.
    """
    _, name, *part = token.split_contents()
    nodes = parser.parse(("endkept",))
    parser.delete_first_token()
    return Kept(parser.compile_filter(name), part[0].strip('"') if part else "", nodes)


class Kept(template.Node):
    def __init__(self, body, part, nodelist):
        self.body, self.part, self.nodelist = body, part, nodelist

    def render(self, context):
        return self.body.resolve(context).shown(lambda own: self.nodelist.render(context.new(own)), self.part)
