//! What a file was when it was opened, to tell later whether it still is.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;

/// Identity, size and times of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) device: u64,
    pub(crate) inode: u64,
    pub(crate) size: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

/// How a file differs from its stamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Not at all.
    None,
    /// It is longer by so many bytes; nothing else is known to be different.
    Grew(u64),
    /// Another file has its name now.
    Replaced,
    /// It is shorter by so many bytes.
    Shrank(u64),
    /// Same size, but written to or touched.
    Touched,
}

impl Stamp {
    pub(crate) fn new(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }

    /// What happened between this stamp and a later one.
    pub(crate) fn change_to(&self, later: &Self) -> Change {
        if self == later {
            Change::None
        } else if (self.device, self.inode) != (later.device, later.inode) {
            Change::Replaced
        } else if later.size > self.size {
            Change::Grew(later.size - self.size)
        } else if later.size < self.size {
            Change::Shrank(self.size - later.size)
        } else {
            Change::Touched
        }
    }

    /// Whether content and its time are the same; the time of the last change of the inode, which
    /// a rename moves too, is left out.
    pub(crate) fn same_content(&self, later: &Self) -> bool {
        Self { changed: later.changed, ..*self } == *later
    }
}
