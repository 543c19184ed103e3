"""What kind of analysis each is; all that were saved before are explanations."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column."""
    op.add_column("analyses", sa.Column("kind", sa.String(16), nullable=False, server_default="explanation"))


def downgrade() -> None:
    """Drop the column; after that, a changed copy can no longer be told from an explanation."""
    with op.batch_alter_table("analyses") as table:
        table.drop_column("kind")
