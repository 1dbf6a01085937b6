"""From two photos to the transformation between them, or to a refusal that says why."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "aligner": ["Aligner"],
    "classical": ["CrossCheck", "FlannRatio", "KeypointMatcher", "MutualRatio", "Orb", "RootSift", "Sift"],
    "confidence": ["confidence", "fit_confidence"],
    "judges": ["ConfidenceJudge", "GuardJudge", "Verdict"],
    "matching": ["Matcher", "Matches"],
    "models": ["Candidate", "GuidedPlane", "Plane", "Simplest"],
    "polish": ["FlowPolish", "Resized", "Shrunk"],
    "registry": ["ALIGNERS", "align", "make_aligner"],
    "result": ["Alignment", "FieldAlignment", "guard"],
})
