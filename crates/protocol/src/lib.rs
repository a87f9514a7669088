//! The one vocabulary: ids, Responses items, turn items, operations, events, limits. Serde only.
