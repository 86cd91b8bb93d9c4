"""The random sample of tickets that people judge, whatever the machine's confidence."""

from hashlib import sha256


class AuditSample:
    """Decides by the ticket's id alone, so that every revision of a ticket is in or out alike."""

    def __init__(self, share: float, seed: str) -> None:
        self._share = share
        self._below = int(share * 2**64)
        self._seed = seed.encode()

    def probability(self, ticket_id: str) -> float:
        """The share when the ticket is sampled, else 0."""
        if not self._below:
            return 0.0
        digest = sha256(self._seed + ticket_id.encode("utf-8", "surrogatepass")).digest()
        return self._share if int.from_bytes(digest[:8], "big") < self._below else 0.0
