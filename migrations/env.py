"""Alembic's entry: runs migrations on the engine it is given, or on the one -x db=PATH names.

The views hold nothing of their own, so they are dropped before any change and made anew once the
tables they read are there.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from evalharness.store import views
from evalharness.store.engine import open_engine
from evalharness.store.schema import metadata


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        # SQLite cannot alter a table in place; batch mode copies it.
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
    )
    with context.begin_transaction():
        views.drop_all(connection)
        context.run_migrations()
        if context.get_context().get_current_revision() == context.get_head_revision():
            views.create_all(connection)


def main() -> None:
    engine = context.config.attributes.get("engine")
    if engine is None:
        given = context.get_x_argument(as_dictionary=True)
        engine = open_engine(given.get("db") or context.config.get_main_option("db", ""))
    with engine.connect() as connection:
        run(connection)
        connection.commit()


main()
