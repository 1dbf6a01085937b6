"""Which damage is new: what differs, what of it is damage, and the report on which a person decides."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "difference": ["ChangeMap", "change_map"],
    "findings": ["Inspection", "inspect"],
    "report": ["Finding", "draw_findings", "findings_table", "write_report"],
})
