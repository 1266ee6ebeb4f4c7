"""Alembic's entry: runs migrations on the engine it is given, or on the one -x db=PATH names.

The views hold nothing of their own, so they are dropped before and made anew after any change.
"""

from __future__ import annotations

from alembic import context
from sqlalchemy import Connection

from evalharness.cli.options import DEFAULT_DB
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
        views.create_all(connection)


def main() -> None:
    engine = context.config.attributes.get("engine")
    if engine is None:
        engine = open_engine(context.get_x_argument(as_dictionary=True).get("db", DEFAULT_DB))
    with engine.connect() as connection:
        run(connection)
        connection.commit()


main()
