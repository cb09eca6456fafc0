"""{% kept body %}…{% endkept %}: the part of a page that `indicators.page_cache` keeps."""

from django import template

register = template.Library()


@register.tag
def kept(parser, token):
    """What stands within is drawn only where it is not kept already. It sees `selection`, the asked part of the address
    (`request.GET`), `shell.illustrative` and what the body's `make` gives; nothing else of the page.

    {% kept body %}…{% endkept %}; `body` is an `indicators.page_cache.Body`. {% kept body "lead" %} where a page has several parts.
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
