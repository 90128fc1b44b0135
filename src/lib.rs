//! Finds what repeats in scraped Arabic news.
//!
//! The modules stand in the order of the pipeline: a stage imports only the shared types and the
//! stages above it. [`pipeline`] is the contents page.
//!
//! | stage | in | out |
//! |---|---|---|
//! | [`read`] | files | pages and rejects |
//! | [`fold`] | text | comparable words, with the way back |
//! | [`frequency`] | words of the archive | how rare they are |
//! | [`segment`] | page | its parts |
//! | [`passage`] | page | the words that are compared |
//! | [`sources`] | page | its outlet, and whom it credits |
//! | [`shingle`] | words | sets of hashes |
//! | [`sketch`] | sets | MinHash rows, SimHashes |
//! | [`pages`] | archive | the table of pages and their sketches |
//! | [`band`] | rows | candidate pairs |
//! | [`verify`] | candidates | exact scores |
//! | [`cluster`] | scored pairs | stories, and who stays |
//! | [`mod@write`] | decisions | the files of a run |
//! | [`saved`] | the files of a run | what they say |
//! | [`prove`] | a run, and its originals or its own files | proof, reasons, the input again |
//! | [`report`] | the files of a run | a page for people |
#![deny(missing_docs)]

pub mod error;
pub mod figures;
pub mod in_order;
pub mod machine;
pub mod pool;
pub mod processor;
pub mod progress;

pub mod background;

mod packed;
pub mod sorted;
pub mod types;
pub mod union_find;

pub mod read;

pub mod spill;

pub mod fold;

pub mod frequency;

pub mod segment;

pub mod passage;

pub mod sources;

pub mod shingle;

pub mod sketch;

pub mod pages;

pub mod band;

pub mod verify;

pub mod cluster;

pub mod config;

pub mod write;

pub mod saved;

pub mod evaluate;

pub mod report;

pub mod synth;

pub mod pipeline;

pub mod prove;

pub mod bench;
