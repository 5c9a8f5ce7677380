"""The catalog, and the archive of every event."""

from alembic import op

revision = "0001"
down_revision = None

ARCHIVE_PARTITIONS = 16


def upgrade() -> None:
    """Create the tables."""
    op.execute("""
        CREATE TABLE competition (
            competition_id text PRIMARY KEY,
            name text NOT NULL,
            sport smallint NOT NULL,
            country text NOT NULL
        )""")
    op.execute("""
        CREATE TABLE team (
            team_id text PRIMARY KEY,
            name text NOT NULL,
            short_name text NOT NULL
        )""")
    op.execute("""
        CREATE TABLE player (
            player_id text PRIMARY KEY,
            name text NOT NULL,
            team_id text NOT NULL
        )""")
    op.execute("CREATE INDEX player_by_team ON player (team_id, player_id)")
    # body: the whole Game message but its topic. revision counts changes; published_revision is the
    # last one that the stream CATALOG has: where it is smaller, the publication is owed (outbox).
    op.execute("""
        CREATE TABLE game (
            game_id text PRIMARY KEY,
            topic integer GENERATED ALWAYS AS IDENTITY UNIQUE,
            sport smallint NOT NULL,
            competition_id text NOT NULL,
            season text NOT NULL,
            scheduled_us bigint NOT NULL,
            home_team_id text NOT NULL,
            away_team_id text NOT NULL,
            body bytea NOT NULL,
            revision bigint NOT NULL DEFAULT 1,
            published_revision bigint NOT NULL DEFAULT 0
        )""")
    op.execute("CREATE INDEX game_by_time ON game (scheduled_us, game_id)")
    op.execute("CREATE INDEX game_by_competition ON game (competition_id, season, scheduled_us, game_id)")
    op.execute("CREATE INDEX game_by_home ON game (home_team_id, scheduled_us)")
    op.execute("CREATE INDEX game_by_away ON game (away_team_id, scheduled_us)")
    op.execute("CREATE INDEX game_unpublished ON game (game_id) WHERE published_revision < revision")
    op.execute("""
        CREATE TABLE external_game (
            provider_id text NOT NULL,
            external_game_id text NOT NULL,
            game_id text NOT NULL REFERENCES game,
            PRIMARY KEY (provider_id, external_game_id)
        )""")
    op.execute("CREATE INDEX external_game_by_game ON external_game (game_id)")
    # By hash of the game: the key that makes a second delivery harmless has to hold the partition key,
    # and no one has to create tomorrow's partition.
    op.execute("""
        CREATE TABLE archived_event (
            game_id text NOT NULL,
            identity text NOT NULL,
            log_sequence bigint NOT NULL,
            received_us bigint NOT NULL,
            provider_id text NOT NULL,
            event_id text NOT NULL,
            action smallint NOT NULL,
            detail text NOT NULL,
            player_id text NOT NULL,
            season text NOT NULL,
            body bytea NOT NULL,
            PRIMARY KEY (game_id, identity)
        ) PARTITION BY HASH (game_id)""")
    for part in range(ARCHIVE_PARTITIONS):
        op.execute(
            f"CREATE TABLE archived_event_{part} PARTITION OF archived_event "
            f"FOR VALUES WITH (MODULUS {ARCHIVE_PARTITIONS}, REMAINDER {part})"
        )
    op.execute("CREATE INDEX archived_event_by_game ON archived_event (game_id, log_sequence)")
    op.execute(
        "CREATE INDEX archived_event_by_player ON archived_event (player_id, season, received_us) "
        "WHERE player_id <> ''"
    )


def downgrade() -> None:
    """Refuse: an archive is not dropped by a tool."""
    raise NotImplementedError("restore a backup instead")
