"""Detectors for annotated photos of damage: batches, networks, training, precision, a detector at work."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "batches": ["cardd_annotations", "damage_augmentation", "damage_dls"],
    "detector": ["Detector", "Instance", "draw_instances", "export_onnx", "show_prediction"],
    "false_alarms": ["as_one_class", "confusion", "free_response", "recall_table", "show_free_response"],
    "learner": ["FixedStatistics", "damage_learner", "train_detector"],
    "mosaic": ["Mosaic"],
    "networks": ["load_detector", "mask_rcnn", "save_detector"],
    "precision": ["Precision", "evaluate", "interval", "photo_table", "show_curves", "size_table"],
    "sources": ["bilgi_annotations", "hitl_annotations", "undamaged_cars"],
    "weights": ["show_weights", "weight_table"],
})
