"""Annotated photos: VIA, COCO and labelme files read whole, checked, split and written back."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "blurring": ["blur_photos", "cover", "read_private"],
    "coco": ["read_coco", "write_coco"],
    "labelme": ["read_labelme"],
    "photos": ["AnnotatedPhoto", "Annotations"],
    "reading": ["browse", "draw_regions", "read_annotations", "show_annotations"],
    "regions": ["AnnotationError", "Region"],
    "splits": ["leaks_between", "mask_iou"],
    "via": ["read_via", "write_via"],
})
