//! A complete folder takes its final name.
//!
//! In: the folder as it was written, and the name it is to have. Out: where what stood under that name is
//! now. At no time does the name stand for a part of either. Does not: remove anything.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::outdir::{beside, unwritable};
use crate::error::{ErrorKind, Result};

/// Writes out what was written below the folder, so that its name never stands for less.
#[cfg(target_os = "linux")]
pub(super) fn sync(partial: &Path) -> Result<()> {
    let dir = File::open(partial).map_err(|e| unwritable(partial, e))?;
    rustix::fs::syncfs(&dir).map_err(|e| unwritable(partial, e.into()))
}

#[cfg(not(target_os = "linux"))]
pub(super) fn sync(partial: &Path) -> Result<()> {
    for entry in fs::read_dir(partial).map_err(|e| unwritable(partial, e))? {
        let path = entry.map_err(|e| unwritable(partial, e))?.path();
        if path.is_dir() {
            sync(&path)?;
        }
        File::open(&path).and_then(|f| f.sync_all()).map_err(|e| unwritable(&path, e))?;
    }
    Ok(())
}

/// Renames the folder to its final name; returns where what stood there is now, which then is to go.
#[cfg(target_os = "linux")]
pub(super) fn publish(partial: &Path, target: &Path, force: bool) -> Result<Option<PathBuf>> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    use rustix::io::Errno;
    let replaces = force && target.exists();
    let flags = if replaces { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
    match renameat_with(CWD, partial, CWD, target, flags) {
        Ok(()) => Ok(replaces.then(|| partial.to_owned())),
        Err(Errno::EXIST) => Err(ErrorKind::OutputExists { path: target.to_owned() }.into()),
        // A file system without the flags still renames whole folders in one step.
        Err(Errno::INVAL | Errno::NOSYS) => publish_plainly(partial, target, force),
        Err(error) => Err(unwritable(target, error.into())),
    }
}

#[cfg(not(target_os = "linux"))]
pub(super) fn publish(partial: &Path, target: &Path, force: bool) -> Result<Option<PathBuf>> {
    publish_plainly(partial, target, force)
}

/// [`publish`] by plain renames: what stands there is moved aside first, to a name that is free, and back
/// if the second rename fails.
fn publish_plainly(partial: &Path, target: &Path, force: bool) -> Result<Option<PathBuf>> {
    let rename = |from: &Path, to: &Path| fs::rename(from, to).map_err(|e| unwritable(target, e));
    if fs::symlink_metadata(target).is_err() {
        return rename(partial, target).map(|()| None);
    }
    if !force {
        return Err(ErrorKind::OutputExists { path: target.to_owned() }.into());
    }
    let free = |path: &PathBuf| fs::symlink_metadata(path).is_err();
    let mut names = (1_u32..).map(|n| beside(target, &format!(".old-{n}")));
    let Some(old) = names.find(free) else { unreachable!("some name is free") };
    rename(target, &old)?;
    rename(partial, target).inspect_err(|_| {
        // The error of the rename is the one to be told.
        let _ = fs::rename(&old, target);
    })?;
    Ok(Some(old))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_renames_replace_by_force_alone_and_touch_nothing_else() {
        let place = tempfile::tempdir().unwrap();
        let [partial, target, others] =
            ["RUN.partial", "RUN", "RUN.old-1"].map(|name| place.path().join(name));
        let make = |dir: &Path, text: &str| {
            fs::create_dir(dir).unwrap();
            fs::write(dir.join("stats.json"), text).unwrap();
        };
        let text = |dir: &Path| fs::read_to_string(dir.join("stats.json")).unwrap();
        make(&others, "mine");
        make(&partial, "first");
        assert_eq!(publish_plainly(&partial, &target, false).unwrap(), None);
        make(&partial, "second");
        let refused = publish_plainly(&partial, &target, false).unwrap_err();
        assert_eq!((refused.code(), text(&target).as_str()), ("E003", "first"));
        let old = publish_plainly(&partial, &target, true).unwrap().unwrap();
        assert_eq!([&target, &old, &others].map(|dir| text(dir)), ["second", "first", "mine"]);
        // Nothing to move there: what stood there stands again.
        assert!(publish_plainly(&partial, &target, true).is_err());
        assert_eq!(text(&target), "second");
    }
}
