"""carlearn: align two photos of a rental car, find the damage that is new, and learn how each part works.

`from carlearn import align, inspect, read_photo`; each name is imported when it is first used."""
import importlib

_where = {"read_photo": "core", "CarlearnError": "core", "align": "alignment", "Alignment": "classical", "inspect": "inspection", "read_annotations": "annotations"}
__all__ = [*_where, "__version__"]


def __getattr__(name):
    if name == "__version__":
        from importlib.metadata import version
        return version("carlearn")
    if name in _where: return getattr(importlib.import_module(f"carlearn.{_where[name]}"), name)
    raise AttributeError(f"module 'carlearn' has no attribute {name!r}")
