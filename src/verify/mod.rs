//! Verifying: how two texts relate, from the texts themselves.

pub mod align;
pub mod differences;
pub mod frequency;
pub mod lexicon;
pub mod relation;
pub mod score;
pub mod vocabulary;
