"""Which words made a Flair text classifier say what it said."""

from . import demo
from .contrast import contrast
from .errors import (
    AnalysisChangedError,
    AttributionError,
    CheckpointError,
    EmptyTextError,
    FidelityError,
    StoreFullError,
    TokenizerMissingError,
    UnknownLabelError,
    UnsafeCheckpointError,
    UnsupportedModelError,
)
from .explain import explain, explain_labels
from .explanation import Explanation, ModelIdentity, Prediction
from .inspection import Inspection, inspect_checkpoint
from .methods import (
    CaptumIntegratedGradients,
    GradientNorm,
    GradientShap,
    InputXGradient,
    IntegratedGradients,
    KernelShap,
    Lime,
    Occlusion,
)
from .model import Model, load_model
from .tokens import Token, Word

__all__ = [
    "AnalysisChangedError",
    "AttributionError",
    "CaptumIntegratedGradients",
    "CheckpointError",
    "EmptyTextError",
    "Explanation",
    "FidelityError",
    "GradientNorm",
    "GradientShap",
    "InputXGradient",
    "Inspection",
    "IntegratedGradients",
    "KernelShap",
    "Lime",
    "Model",
    "ModelIdentity",
    "Occlusion",
    "Prediction",
    "StoreFullError",
    "Token",
    "TokenizerMissingError",
    "UnknownLabelError",
    "UnsafeCheckpointError",
    "UnsupportedModelError",
    "Word",
    "contrast",
    "demo",
    "explain",
    "explain_labels",
    "inspect_checkpoint",
    "load_model",
]
