"""Which words made a Flair text classifier say what it said."""

from typing import TYPE_CHECKING, Any

from .errors import (
    AnalysisChangedError,
    AttributionError,
    CheckpointError,
    EmptyTextError,
    FidelityError,
    MultiLabelError,
    StoreFullError,
    TokenizerMissingError,
    UnknownLabelError,
    UnsafeCheckpointError,
    UnsupportedModelError,
    WorkerError,
)
from .notebook import draw_with

if TYPE_CHECKING:
    from . import demo
    from .explaining.contrast import contrast
    from .explaining.explain import explain, explain_labels
    from .explanation import Explanation, ModelIdentity, Prediction
    from .isolation.load import load_model
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
    from .model import Model
    from .opening.inspection import Inspection, inspect_checkpoint
    from .texts.tokens import Token, Word
else:
    from .lazy import import_on_demand

    # No name here is also that of a module, unless it means the module: importing the module would replace the name.
    __getattr__ = import_on_demand(
        __name__,
        {
            "CaptumIntegratedGradients": "methods",
            "Explanation": "explanation",
            "GradientNorm": "methods",
            "GradientShap": "methods",
            "InputXGradient": "methods",
            "Inspection": "opening.inspection",
            "IntegratedGradients": "methods",
            "KernelShap": "methods",
            "Lime": "methods",
            "Model": "model",
            "ModelIdentity": "explanation",
            "Occlusion": "methods",
            "Prediction": "explanation",
            "Token": "texts.tokens",
            "Word": "texts.tokens",
            "contrast": "explaining.contrast",
            "demo": "demo",
            "explain": "explaining.explain",
            "explain_labels": "explaining.explain",
            "inspect_checkpoint": "opening.inspection",
            "load_model": "isolation.load",
        },
    )

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
    "MultiLabelError",
    "Occlusion",
    "Prediction",
    "StoreFullError",
    "Token",
    "TokenizerMissingError",
    "UnknownLabelError",
    "UnsafeCheckpointError",
    "UnsupportedModelError",
    "Word",
    "WorkerError",
    "contrast",
    "demo",
    "explain",
    "explain_labels",
    "inspect_checkpoint",
    "load_model",
]


def _draw(explanation: Any) -> str:
    from .render import render_fragment  # Plotly takes a second

    return render_fragment(explanation)


draw_with(_draw)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
