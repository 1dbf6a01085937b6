"""What holds between two views of a solid car: epipolar lines, piecewise planes, a displacement field."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "displacement_field": ["DisplacementField", "show_field"],
    "epipolar": ["epipolar_distance", "epipolar_lines", "fit_fundamental", "show_epipolar"],
    "piecewise_planes": ["PiecewisePlanes", "fit_planes", "show_planes"],
})
