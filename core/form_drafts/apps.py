from django.apps import AppConfig


class FormDraftsConfig(AppConfig):
    name = "core.form_drafts"
    label = "form_drafts"
    verbose_name = "Nội dung gõ dở"
