"""Names of a head's own classes."""

from flows.features.prepared_model import PreparedModel
from flows.study.class_lists import ClassList, timm_classes


def head_class_names(model: PreparedModel, classes: ClassList) -> list[str]:
    """Names of the head's own classes, in its order.

    The study's where it lists them, or has a folder a class; else ImageNet's, by
    timm, where the number of classes says so; else numbers.
    """
    if classes.are_heads or len(classes.names) == model.n_classes:
        return classes.names
    from timm.data import infer_imagenet_subset

    subset = infer_imagenet_subset({"num_classes": model.n_classes})
    if subset:
        return timm_classes(subset).names
    return [f"class {i}" for i in range(model.n_classes)]
