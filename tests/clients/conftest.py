"""Foreign clients against the real parts."""

from tests.system.conftest import kafka, model, model_folder, real_model, shared, training, worlds

__all__ = ["kafka", "model", "model_folder", "real_model", "shared", "training", "worlds"]
