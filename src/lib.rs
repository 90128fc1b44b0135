//! Finds what repeats in scraped Arabic news.
//!
//! The modules stand in the order of the pipeline: a stage imports only the shared types and the
//! stages above it.
#![deny(missing_docs)]

pub mod types;

pub mod fold;

pub mod shingle;

pub mod sketch;

pub mod band;

pub mod verify;
