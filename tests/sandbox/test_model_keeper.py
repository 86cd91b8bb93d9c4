"""A model that was killed comes back after a while, each time."""

from sandbox.model_keeper import ModelKeeper


class Mortal:
    """A model that dies when it is told to."""

    def __init__(self) -> None:
        self.has_ended = False

    def start_again(self) -> None:
        self.has_ended = False


def test_it_stays_away_for_the_pause_and_comes_back_each_time() -> None:
    """It is told of once when it is gone, and once when it is back."""
    model, told = Mortal(), list[str]()
    keeper = ModelKeeper(model, 10.0, lambda: told.append("gone"), lambda: told.append("back"))
    seen = {}
    for now_s in range(50):
        model.has_ended |= now_s in {5, 30}
        keeper.look(float(now_s))
        seen[now_s] = told.copy()

    assert [seen[4], seen[5], seen[14], seen[15]] == [[], ["gone"], ["gone"], ["gone", "back"]]
    assert [seen[29], seen[30], seen[40]] == [["gone", "back"], ["gone", "back", "gone"], ["gone", "back"] * 2]
    assert not model.has_ended
