//! Only for this package's own benches: the conversions that this door does without.
