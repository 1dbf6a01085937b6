"""Rendered cars with exact truth: where every point went, and which damage is new."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "benchmark_pairs": ["bench_pairs", "bench_table", "damage_annotations", "read_views"],
    "pairs": [
        "Camera", "SceneError", "ScenePair", "View", "best_homography", "read_pair",
        "scene_pairs", "surface_error", "surface_points", "view_change",
    ],
    "planes": ["panel_homographies", "planarity"],
    "training_views": ["render_training_views", "training_pairs"],
})
