"""carlearn: align two photos of a rental car, find the damage that is new, and learn how each part works.

`from carlearn import align, inspect, read_photo`; each name is imported when it is first used."""
import lazy_loader

_named, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "alignment": ["Alignment", "align", "make_aligner"],
    "annotations": ["Annotations", "read_annotations"],
    "core": ["CarlearnError", "as_photo", "read_photo"],
    "detection": ["Detector"],
    "evaluation": ["benchmark"],
    "inspection": ["Inspection", "Visit", "inspect", "inspect_visit"],
})
__all__ += ["__version__"]


def __getattr__(name):
    if name != "__version__":
        return _named(name)
    from importlib.metadata import version
    return version("carlearn")
