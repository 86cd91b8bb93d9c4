"""Foreign clients against the real parts."""

from tests.system.conftest import model, model_folder, real_model, shared, training, worlds

__all__ = ["model", "model_folder", "real_model", "shared", "training", "worlds"]
