"""Which damage is new: what differs, what of it is damage, and the report on which a person decides."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "car_parts": ["KINDS", "PartsNetwork", "draw_parts", "likeliest", "load_parts_network",
                  "part_labels", "save_parts_network"],
    "change_network": ["ChangeNetwork", "Features", "changes", "features_of", "load_change_network",
                       "load_features", "save_change_network", "save_features"],
    "change_training": ["change_learner", "train_changes"],
    "dent_painting": ["dent", "scuff"],
    "damage_painting": ["Cutout", "cut_out", "moving_light", "paint_out", "paste", "scratch", "sticker"],
    "damage_pairs": ["DamagePair", "DamagePairs", "Source", "aligned_source", "draw_pair",
                     "everyday_level", "photo_sources", "wobble"],
    "decisions": ["decide", "findings_csv", "write_csv", "write_pdf"],
    "difference": ["ChangeMap", "change_map"],
    "evaluation": ["Outcomes", "TruePair", "composed_pairs", "outcomes", "summary"],
    "evidence": ["PhotoFile", "read_with_evidence", "verify_report"],
    "findings": ["Inspection", "inspect", "inspect_alone"],
    "new_damage": ["Claim", "Comparison", "RegionEvidence", "claims", "compare", "fit_claims"],
    "parts_training": ["PartsData", "parts_learner"],
    "photo_pairs": ["VisitError", "visit_photos"],
    "regions": ["core_of", "lies_on", "nested_regions"],
    "report": ["Finding", "draw_findings", "findings_table", "write_report"],
    "severity": ["Severity", "SeverityError", "cm_per_px", "grade", "read_severity_table", "whole_wheels"],
    "visit": ["Visit", "inspect_visit"],
})
