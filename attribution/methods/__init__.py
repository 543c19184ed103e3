"""Attribution methods, one in each file: a frozen dataclass whose fields are its settings."""

from collections.abc import Mapping

from ..scores import SCORES
from .base import Attributions, Method, Watch
from .captum_integrated_gradients import QUADRATURES, CaptumIntegratedGradients
from .gradient_norm import GradientNorm
from .gradient_shap import GradientShap
from .input_x_gradient import InputXGradient
from .integrated_gradients import BASELINES, POINTS, IntegratedGradients
from .kernel_shap import KernelShap
from .lime import Lime
from .occlusion import REPLACEMENTS, Occlusion
from .path.arithmetic import PRECISIONS
from .path.learned import FEWEST_EVALUATIONS

METHODS: Mapping[str, type[Method]] = {
    "integrated_gradients": IntegratedGradients,
    "captum_integrated_gradients": CaptumIntegratedGradients,
    "occlusion": Occlusion,
    "kernel_shap": KernelShap,
    "lime": Lime,
    "gradient_shap": GradientShap,
    "input_x_gradient": InputXGradient,
    "gradient_norm": GradientNorm,
}
"""Every method, by its name in URLs and reports."""

__all__ = [
    "BASELINES",
    "FEWEST_EVALUATIONS",
    "METHODS",
    "POINTS",
    "PRECISIONS",
    "QUADRATURES",
    "REPLACEMENTS",
    "SCORES",
    "Attributions",
    "CaptumIntegratedGradients",
    "GradientNorm",
    "GradientShap",
    "InputXGradient",
    "IntegratedGradients",
    "KernelShap",
    "Lime",
    "Method",
    "Occlusion",
    "Watch",
]
