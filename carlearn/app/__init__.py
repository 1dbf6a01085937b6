"""The page: drop photos, see findings, decide; the same widget in a notebook and served by Voila."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "history": ["History", "HistoryError"],
    "page": ["VisitPage"],
    "server": ["serve"],
})
