//! The report renderers.
