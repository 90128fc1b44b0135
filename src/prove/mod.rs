//! Proving and undoing a run: from its folder alone, or with the originals at hand.
//!
//! * [`verify()`]: reads the originals again and scores every removal from its text.
//! * [`restore()`]: rebuilds the input, byte for byte.
//! * [`explain()`]: why a page was kept or removed.
//! * [`Pages::compare`]: two pages side by side.
//!
//! In: the folder of a finished run, which is as hostile as any input: nothing in it is believed
//! that is not checked. Out: what was found, or the rebuilt files. Memory: a few words a page,
//! half a kilobyte a file, and a record at a time. Does not: print, or write to the run or the originals.

mod compare;
mod explain;
mod explanation;
mod manifest;
mod originals;
mod pages;
mod pasted;
mod rebuild;
mod recount;
mod removals;
mod restore;
mod run;
mod verify;

pub use compare::{ComparedPages, PageText};
pub use explain::explain;
pub use explanation::{Compared, Explanation, Fate, PageBlock, Parts, Related, Shares, Version};
pub use manifest::{Hashed, SavedManifest};
pub use originals::Origin;
pub use pages::Pages;
pub use restore::{RestoreConfig, Restored, restore};
pub use run::{ProveOptions, SavedRun};
pub use verify::{Fault, Proof, Removal, verify};
