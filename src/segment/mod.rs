//! Segmenting: a page to its parts.

pub mod dates;

pub use dates::{Day, parse_day};
