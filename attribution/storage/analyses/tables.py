"""The tables as the newest migration leaves them."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, MetaData, String, Table, Text

METADATA = MetaData()

ANALYSES = Table(
    "analyses",
    METADATA,
    Column("id", String(36), primary_key=True),
    Column("kind", String(16), nullable=False, server_default="explanation"),
    Column("name", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("created", String(32), nullable=False),
    Column("model_sha256", String(64), nullable=False),
    Column("model_name", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("beginning", Text, nullable=False),
    Column("searched_words", Text, nullable=False),  # name, note and tags, folded; changes with them
    Column("searched_text", Text, nullable=False),  # label and text, folded
    Column("report", Text, nullable=False),  # JSON in ASCII
    Column("version", Integer, nullable=False),
    Column("size", BigInteger, nullable=False, server_default="0"),  # bytes, which count towards the limit
    Index("analyses_newest_first", "created", "id"),
    Index("analyses_size", "size"),  # summed without a look at the reports
)

TAGS = Table(
    "analysis_tags",
    METADATA,
    Column("analysis_id", String(36), ForeignKey("analyses.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("tag", Text, nullable=False),
    Column("folded", Text, nullable=False),
    Index("analysis_tags_folded", "folded"),
)
