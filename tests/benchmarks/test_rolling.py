"""How long partitions were silent."""

from benchmarks.rolling import silences_s


def test_silence_is_the_longest_time_between_two_answers_of_a_partition() -> None:
    """From the first moment on and up to the last one; what lies outside does not count."""
    assert silences_s({1: [2.5], 0: [-3.0, 1.0, 2.0, 5.0, 9.0]}, 0.0, 6.0) == [3.0, 3.5]
