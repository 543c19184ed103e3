"""How many bytes each analysis takes; those that were saved before are measured by their longest texts."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Add the column and its index, and fill it."""
    op.add_column("analyses", sa.Column("size", sa.BigInteger, nullable=False, server_default="0"))
    op.execute(sa.text("UPDATE analyses SET size = length(report) + length(searched_text)"))
    op.create_index("analyses_size", "analyses", ["size"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index("analyses_size", "analyses")
    with op.batch_alter_table("analyses") as table:
        table.drop_column("size")
