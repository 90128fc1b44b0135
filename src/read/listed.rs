//! Files that an earlier run has listed, opened again under the names they had there.

use std::path::PathBuf;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::Result;

use super::ReadOptions;
use super::corpus::Corpus;
use super::fields::{FieldNames, Fields};
use super::open::{MAX_LENGTH, Opener, Spools, with_refusals};
use super::sniff::{Compression, Format};
use super::walk::Found;

/// The settings of reading that decide what a record is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// Longest page, in bytes.
    pub max_page: u64,
    /// Under which names fields are looked for.
    pub fields: FieldNames,
}

/// A file of an earlier run, and where its bytes are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// Its name in that run; `-` for stdin.
    pub name: String,
    /// Where it is now.
    pub path: PathBuf,
    /// The folder that it lay in: the outlet of a `.txt`.
    pub folder: Option<String>,
    /// How its records lie in it.
    pub format: Format,
    /// How it is packed now, whatever its name says.
    pub compression: Compression,
    /// Whether the run could not read it to its end.
    pub broken: bool,
}

impl Corpus {
    /// What decided which records it holds.
    pub fn reading(&self) -> Reading {
        Reading { max_page: self.max_page, fields: self.fields.given().clone() }
    }

    /// Opens files under given names, so that pages, rejects and ids are those of the run that
    /// listed them. Of `options` only maps and the folder for temporary files count.
    ///
    /// Files that cannot be read are in [`Corpus::problems`].
    ///
    /// # Errors
    /// No text field, or the private temporary files cannot be written.
    pub fn open_listed(
        mut files: Vec<ListedFile>,
        reading: &Reading,
        options: &ReadOptions,
    ) -> Result<Self> {
        let fields = Fields::new(&reading.fields, options.strict)?;
        let max_page = reading.max_page.min(MAX_LENGTH);
        files.sort_by(|a, b| a.name.cmp(&b.name));
        let spools = Spools::new(&options.spool_dir, false);
        let opener = Opener { options, max_page, spools: &spools };
        let opened = files.into_par_iter().enumerate().map(|(number, listed)| {
            let broken = listed.broken;
            let found = Found {
                path: listed.path,
                name: listed.name,
                folder: listed.folder,
                format: Some(listed.format),
                compression: Some(listed.compression),
            };
            Ok(opener.open(number, &found)?.map(|(mut file, problem)| {
                file.broken |= broken;
                (file, problem)
            }))
        });
        let opened: Vec<_> = opened.collect::<Result<_>>()?;
        let (mut files, mut problems) = (Vec::with_capacity(opened.len()), Vec::new());
        for opened in opened {
            match opened {
                Ok((file, problem)) => {
                    files.push(file);
                    problems.extend(problem);
                }
                Err(problem) => problems.push(problem),
            }
        }
        problems.sort();
        let (spools, aside) = spools.into_maps()?;
        let warnings = Vec::new();
        Ok(with_refusals(Self { files, spools, aside, fields, max_page, problems, warnings }))
    }
}
