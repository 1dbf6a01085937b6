"""A night's returns: many visits on every core, killed and resumed, with tables of what was found."""
import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(__name__, submod_attrs={
    "pool": ["Outcome", "run_jobs"],
    "run": ["run_fleet"],
    "summary": ["fleet_summary", "write_summary"],
    "tables": ["read_records", "write_tables"],
    "visits": ["FleetError", "FleetVisit", "read_visits"],
})
