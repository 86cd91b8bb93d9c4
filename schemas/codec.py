"""Bytes to events and back: the names that the rest of the system needs.

The work is done in `schemas.decoder` and `schemas.encoder`.
"""

from schemas.decoder import Decoder
from schemas.encoder import Encoder
from schemas.errors import BadRecord, Reason, RegistryUnavailable
from schemas.framing import EventFormat
from schemas.registry import SchemaRegistry

__all__ = ["BadRecord", "Decoder", "Encoder", "EventFormat", "Reason", "RegistryUnavailable", "SchemaRegistry"]
