//! Credits (later).
use super::{PageText, Segments};

pub(crate) fn find(_page: &PageText<'_>, _out: &mut Segments) {}
