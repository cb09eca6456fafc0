"""Fixtures of browser tests: the product with the demonstration year, whose accounts have the module's PASSWORD, and people."""

import pytest


@pytest.fixture(scope="module")
def product(request, module_live_stack):
    return module_live_stack(demo=True, DEMO_PASSWORD=request.module.PASSWORD)


@pytest.fixture
def person(request, product, new_page, sign_in):
    """`person("sotttt", width=390)` gives a page signed in as that account."""

    def go(name, **options):
        page = new_page(**options)
        sign_in(page, product.base_url, name, request.module.PASSWORD)
        return page

    return go


@pytest.fixture
def stop_time():
    """`stop_time(page)`: from now on no timer of the page runs out, however long the machine takes over the next steps. What
    stands there for a few seconds only can be read in peace."""

    def stop(page):
        page.clock.install()
        page.clock.pause_at(page.evaluate("Date.now()") + 1000)

    return stop
