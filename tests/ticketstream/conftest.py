from tests.analytics.conftest import client, connection, door, empty, migrated

__all__ = ["client", "connection", "door", "empty", "migrated"]
