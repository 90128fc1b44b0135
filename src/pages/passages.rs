//! Passages made again from their records.

use super::{OpenPages, PageTable, PassageId};
use crate::error::Result;
use crate::fold::Folded;
use crate::passage::{PassageMaker, PassageScratch};
use crate::read::PageReader;

/// Makes passages again, in the memory of those before. Cost: that of reading a page, unless it is a large one
/// or that of the passage before, and of making the passage.
pub struct PassageReader<'a> {
    table: &'a PageTable,
    maker: &'a PassageMaker<'a>,
    pages: OpenPages<'a>,
    scratch: PassageScratch,
}

impl<'a> PassageReader<'a> {
    /// Of passages of `table`, whose records `reader` reads.
    pub fn new(table: &'a PageTable, maker: &'a PassageMaker<'a>, reader: PageReader<'a>) -> Self {
        let pages = OpenPages::new(table, reader);
        Self { table, maker, pages, scratch: PassageScratch::default() }
    }

    /// The words of a passage.
    ///
    /// # Errors
    /// When its record cannot be read again.
    pub fn passage(&mut self, passage: PassageId) -> Result<&Folded> {
        let Self { table, maker, pages, scratch } = self;
        let (page, nth) = table.part(passage);
        let (record, parts) = pages.page(page)?;
        Ok(match nth {
            None => maker.make_again(record, table.parts(page), scratch),
            Some(nth) => {
                let hash = table.embedded[passage as usize - table.len()].hash;
                maker.embedded_again(record, parts, (nth, hash), scratch)
            }
        })
    }
}
