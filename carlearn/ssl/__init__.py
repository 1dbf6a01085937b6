"""Self-supervision by patches: patches seen twice, encoders, NT-Xent, training, embeddings made visible."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "dense": ["DenseEncoder", "dense_map", "load_dense"],
    "embeddings": [
        "PatchEmbeddings", "alignment_uniformity", "embed_photos", "show_atlas", "show_embeddings",
        "show_neighbours",
    ],
    "encoders": ["embed", "load_encoder", "make_encoder", "read_card", "save_encoder"],
    "keypoints": ["Keypoints", "detect_keypoints", "keypoint_pairs"],
    "loaders": ["keypoint_dls", "patch_dls"],
    "ntxent": ["nt_xent"],
    "patches": ["Augmentation", "PatchError", "patch_pairs"],
    "reproduction": ["reproduce", "table"],
    "similarity": ["explore_similarity", "show_similarity", "similarity_map"],
    "training": ["ssl_learner", "train"],
})
