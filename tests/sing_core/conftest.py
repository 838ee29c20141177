# Before any module of ours: jaxtyping's import hook has a cache of its own, and what a module
# under it is the first to import would be compiled anew in every process (10 s).
import open_clip  # noqa: F401
import scipy.stats  # noqa: F401
import timm  # noqa: F401
