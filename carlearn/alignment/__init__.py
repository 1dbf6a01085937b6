"""From two photos to the transformation between them, or to a refusal that says why."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "classical": ["Alignment", "OrbAligner", "SiftAligner", "TunedAligner", "guard"],
    "confidence": ["confidence", "fit_confidence"],
    "registry": ["ALIGNERS", "align", "make_aligner"],
})
