"""A night's returns: the table of visits, workers that may die, records and the tables made of them."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "capacity": ["capacity", "measured_seconds"],
    "on_ray": ["run_on_ray"],
    "pool": ["Outcome", "run_jobs"],
    "runs": ["FleetSettings", "run_fleet"],
    "summary": ["summarise", "write_summary"],
    "tables": ["read_records", "write_tables"],
    "visits": ["FleetError", "FleetVisit", "read_visits"],
})
