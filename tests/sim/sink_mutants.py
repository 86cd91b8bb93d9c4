"""The sink with one classic mistake each: what the tests here must notice."""

from consumer.sink.batch import SinkBatch
from consumer.sink.loop import SinkLoop
from tests.sim.sink import SinkMake


def commits_before_inserting() -> SinkMake:
    """Offsets first, rows afterwards."""

    class Broken(SinkLoop):
        def _store(self) -> bool:
            batch = self._batch
            self._commit()
            self._batch = batch
            super()._store()
            self._batch = SinkBatch()
            return True

    return SinkMake(loop=Broken)
