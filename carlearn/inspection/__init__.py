"""Which damage is new: what differs, what of it is damage, and the report on which a person decides."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "damage_painting": ["Cutout", "cut_out", "moving_light", "paint_out", "paste", "scratch", "sticker"],
    "damage_pairs": ["DamagePair", "DamagePairs", "Source", "draw_pair", "everyday_level",
                     "photo_sources", "wobble"],
    "difference": ["ChangeMap", "change_map"],
    "findings": ["Inspection", "inspect"],
    "report": ["Finding", "draw_findings", "findings_table", "write_report"],
})
