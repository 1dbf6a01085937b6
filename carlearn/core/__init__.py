"""Photos, pictures and homographies: what everything else stands on."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "alt_texts": ["figure_words"],
    "errors": ["CarlearnError", "OutputError", "PhotoError", "SampleError"],
    "files": ["check_file", "check_folder", "make_folder", "write_file", "write_json"],
    "homography": ["AlignmentError", "fit_homography", "transform_points"],
    "lighting": ["EvaluationError", "LEVELS", "Level", "locally_normal", "relight"],
    "photos": ["as_photo", "encode_photo", "photo_header", "read_photo", "shrink", "write_photo"],
    "pictures": [
        "blend", "checkerboard", "flicker", "show_matches", "show_overlay", "show_pair", "show_photos",
        "swipe",
    ],
    "samples": ["paper_path", "paper_photos", "results_path", "samples_path"],
    "synthetic_pairs": ["TruePair", "homography_pair", "random_homography"],
})
