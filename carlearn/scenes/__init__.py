"""Rendered cars with exact truth: where every point went, and which damage is new."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "benchmark_pairs": ["bench_pairs", "bench_table", "damage_annotations", "read_views"],
    "camera": ["Camera", "SceneError"],
    "homography": ["best_homography"],
    "pairs": ["ScenePair", "View", "read_pair", "scene_pairs", "view_change"],
    "planes": ["panel_homographies", "planarity"],
    "surface": ["surface_error", "surface_points"],
    "training_views": ["render_training_views", "training_pairs"],
})
