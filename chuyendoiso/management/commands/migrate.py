"""`manage.py migrate`: Django's own, which refuses to go back past a table or a column that holds something."""

from collections.abc import Sequence
from typing import Any

from django.core.management import CommandError, CommandParser
from django.core.management.commands import migrate
from django.db import connections, models
from django.db.migrations import AddField, CreateModel, Migration
from django.db.migrations.executor import MigrationExecutor

from core import formatting

# What Django's own options do, for operators.
OPTIONS = {
    "app_label": "phần mềm con; bỏ trống là tất cả",
    "migration_name": "đến bước này, hoặc zero để lùi hết; bỏ trống là bước mới nhất",
    "interactive": "không hỏi lại",
    "database": "cơ sở dữ liệu nào trong cấu hình",
    "fake": "chỉ ghi là đã chạy, không đổi cơ sở dữ liệu",
    "fake_initial": "bước đầu tiên: chỉ ghi là đã chạy nếu các bảng đã có",
    "plan": "chỉ liệt kê các bước sẽ chạy",
    "run_syncdb": "tạo bảng cho những phần không có bước nâng cấp",
    "check_unapplied": "mã thoát khác 0 khi còn bước chưa chạy, không chạy bước nào",
    "prune": "xóa khỏi cơ sở dữ liệu tên những bước không còn trong mã nguồn",
    "skip_checks": "không kiểm tra cấu hình trước",
}


class Command(migrate.Command):
    help = "Nâng cấp cấu trúc cơ sở dữ liệu; lùi thì từ chối khi mất số liệu."

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        for action in parser._actions:
            action.help = OPTIONS.get(action.dest, action.help)
        parser.add_argument("--lose", action="store_true", help="lùi cả khi mất số liệu (đã có bản sao lưu)")

    def handle(self, *args: Any, lose: bool = False, **options: Any) -> Any:
        name, goal = options["app_label"], options["migration_name"]
        if name and goal and not lose:
            executor = MigrationExecutor(connections[options["database"]])
            lost = losses(executor, name, goal)
            if lost:
                raise CommandError(
                    f"Chưa lùi: sẽ mất {'; '.join(lost)}. Chưa thay đổi gì. Sao lưu (tài liệu vận hành, mục 4), rồi chạy lại "
                    "với --lose."
                )
        return super().handle(*args, **options)


def losses(executor: MigrationExecutor, name: str, goal: str) -> list[str]:
    """Return what going back to a migration would lose, in words: tables with rows, columns with values. A name that Django does
    not know loses nothing: Django itself refuses it."""
    names = [key for key in executor.loader.graph.nodes if key[0] == name and key[1].startswith(goal)]
    target = (name, None) if goal == "zero" else names[0] if len(names) == 1 else None
    if target is None:
        return []
    plan: Sequence[tuple[Migration, bool]] = executor.migration_plan([target])
    lost = []
    for migration, backwards in plan:
        if backwards:
            lost += _lost_by(executor, migration)
    return lost


def _lost_by(executor: MigrationExecutor, migration: Migration) -> list[str]:
    """Return what one migration loses when it is taken back."""
    apps = executor.loader.project_state((migration.app_label, migration.name)).apps
    lost = []
    for operation in migration.operations:
        if not isinstance(operation, (CreateModel, AddField)):
            continue
        name = operation.name if isinstance(operation, CreateModel) else operation.model_name
        model = apps.get_model(migration.app_label, name)
        rows: models.QuerySet[Any] = model._base_manager.using(executor.connection.alias)
        if isinstance(operation, CreateModel):
            if count := rows.count():
                lost.append(f"{formatting.number(count)} dòng của {model._meta.db_table}")
            continue
        field = model._meta.get_field(operation.name)
        empty = models.Q(**{f"{field.name}__isnull": True})
        if field.has_default():
            empty |= models.Q(**{field.name: field.get_default()})
        if field.empty_strings_allowed and not field.is_relation:
            empty |= models.Q(**{field.name: ""})
        if count := rows.exclude(empty).count():
            lost.append(f"{formatting.number(count)} giá trị của {model._meta.db_table}.{field.column}")
    return lost
