"""The methods' names, as used in addresses and reports, without importing the methods, which need torch."""

METHOD_NAMES = (
    "integrated_gradients",
    "captum_integrated_gradients",
    "occlusion",
    "kernel_shap",
    "lime",
    "gradient_shap",
    "input_x_gradient",
    "gradient_norm",
)
"""The names of `methods.METHODS`, in its order; the first is the default."""
