"""What browser tests share: the product with the illustrative year, whose accounts have the module's PASSWORD, and people in it."""

import pytest


@pytest.fixture(scope="module")
def product(request, module_live_stack):
    stack = module_live_stack(DEMO_PASSWORD=request.module.PASSWORD, serve=False)
    stack.manage("load_demo")
    stack.manage("start_clock")
    stack.start()
    return stack


@pytest.fixture
def person(request, product, new_page, sign_in):
    """`person("sotttt", width=390)` gives a page signed in as that account."""

    def go(name, **options):
        page = new_page(**options)
        sign_in(page, product.base_url, name, request.module.PASSWORD)
        return page

    return go
