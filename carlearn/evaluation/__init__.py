"""Aligners measured on pairs with known truth: sets, errors with intervals, a benchmark that goes on."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "charts": [
        "comparison", "gallery", "recall_chart", "reliability_chart", "success_chart", "success_table",
    ],
    "curved_pairs": ["relief_pair"],
    "metrics": [
        "auc", "bootstrap", "calibration", "corner_error", "measure", "paired_difference", "point_errors",
        "recall", "touches", "wilson",
    ],
    "pair_sets": [
        "PairSet", "homography_pairs", "joined", "labelled_pairs", "relief_pairs", "scene_set",
        "different_car_pairs",
    ],
    "results_table": ["Results"],
    "runner": ["CommandAligner", "benchmark"],
})
