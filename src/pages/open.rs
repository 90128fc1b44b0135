//! Pages that are read again, many times over.

use std::collections::HashMap;

use super::{PageId, PageTable};
use crate::error::Result;
use crate::passage::Parts;
use crate::read::{PageReader, PageRecord};

/// Reads pages again, and keeps large ones: a page of very many lines is asked for once for each of them.
pub struct OpenPages<'a> {
    table: &'a PageTable,
    reader: PageReader<'a>,
    large: HashMap<PageId, (PageRecord<'a>, Parts)>,
    /// Bytes of the records of large pages.
    bytes: usize,
    small: Option<(PageId, PageRecord<'a>, Parts)>,
}

/// Bytes of the record of a large page: 64 KiB. None of 20,329 articles is as long.
const LARGE: u32 = 1 << 16;

/// Bytes of large pages that are kept: 64 MiB.
const KEPT: usize = 1 << 26;

impl<'a> OpenPages<'a> {
    /// Pages of `table`, whose records `reader` reads.
    pub fn new(table: &'a PageTable, reader: PageReader<'a>) -> Self {
        Self { table, reader, large: HashMap::new(), bytes: 0, small: None }
    }

    /// A page, and its parts.
    ///
    /// # Errors
    /// When its record cannot be read again.
    pub fn page(&mut self, page: PageId) -> Result<(&PageRecord<'a>, &Parts)> {
        let at = self.table.at[page as usize];
        if at.length < LARGE {
            return self.small(page);
        }
        if !self.large.contains_key(&page) {
            let opened = self.read(page, Parts::default())?;
            self.bytes += at.length as usize;
            if self.bytes > KEPT {
                self.large.clear();
                self.bytes = at.length as usize;
            }
            self.large.insert(page, opened);
        }
        let (record, parts) = &self.large[&page];
        Ok((record, parts))
    }

    fn small(&mut self, page: PageId) -> Result<(&PageRecord<'a>, &Parts)> {
        let (record, parts) = match self.small.take() {
            Some((known, record, parts)) if known == page => (record, parts),
            Some((_, before, parts)) => {
                self.reader.take_back(before);
                self.read(page, parts)?
            }
            None => self.read(page, Parts::default())?,
        };
        let (_, record, parts) = self.small.insert((page, record, parts));
        Ok((record, parts))
    }

    fn read(&mut self, page: PageId, mut parts: Parts) -> Result<(PageRecord<'a>, Parts)> {
        parts.unpack(self.table.parts(page));
        Ok((self.reader.page_at(self.table.at[page as usize])?, parts))
    }
}
