//! Reading everything: whether a table's numbers are those that its digest was made of, and agree with its catalogue.

use super::error::TableError;
use super::index::{ARCHS, ROWS, SLOTS, capacity};
use super::names::NAMES;
use super::schema::{IndexKind, Metric, Optimum};
use super::write::{ContentDigest, attributes};
use super::{FEATURES, MetricColumn, Table};

/// Something wrong in a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Where: `digest`, `index`, or a data set's path.
    pub place: String,
    /// What was expected and found.
    pub what: String,
}

impl Table {
    /// Reads the whole table and reports everything that is wrong; an empty list means a sound table.
    ///
    /// # Errors
    /// Columns that cannot be mapped are errors rather than findings.
    pub fn verify(&self) -> Result<Vec<Finding>, TableError> {
        let mut findings = Vec::new();
        let mut digest = ContentDigest::new(&self.file.text("catalogue")?);
        self.verify_index(&mut digest)?;
        self.verify_names(&mut digest, &mut findings)?;
        for (path, metric) in self.catalogue.columns() {
            let column = self.column(&path, metric)?;
            digest.add(&path, column.as_bytes());
            self.verify_metric(&path, metric, &column, &mut findings);
        }
        self.verify_rows(&mut findings);
        if serde_json::from_str(&self.file.text("space")?).ok().as_ref() != Some(&self.catalogue.space) {
            findings.push(finding("space", "the attribute is not the catalogue's space".into()));
        }
        let found = digest.finish();
        if found != self.digest {
            findings.insert(0, finding("digest", format!("expected {}, the content has {found}", self.digest)));
        }
        Ok(findings)
    }

    fn verify_index(&self, digest: &mut ContentDigest) -> Result<(), TableError> {
        let places = match self.catalogue.index {
            IndexKind::Identity => None,
            IndexKind::Dense => Some(self.file.column::<u32>(ROWS, &[self.space.size() as usize])?),
            IndexKind::Hash => Some(self.file.column::<u32>(SLOTS, &[capacity(self.rows())])?),
        };
        if let Some(places) = places {
            let path = if self.catalogue.index == IndexKind::Dense { ROWS } else { SLOTS };
            digest.add(ARCHS, self.file.column::<u64>(ARCHS, &[self.rows()])?.as_bytes());
            digest.add(path, places.as_bytes());
        }
        Ok(())
    }

    /// Whether rows and architectures find one another; each row has its numbers in the file by now, whatever a catalogue claims.
    fn verify_rows(&self, findings: &mut Vec<Finding>) {
        let outside = (0..self.rows()).find(|&row| self.arch(row).0 >= self.space.size());
        findings
            .extend(outside.map(|row| finding("arch", format!("row {row} has an architecture outside of the space"))));
        let astray = (0..self.rows()).find(|&row| self.row(self.arch(row)) != Some(row));
        findings.extend(astray.map(|row| finding("index", format!("row {row} is not found from its architecture"))));
    }

    fn verify_names(&self, digest: &mut ContentDigest, findings: &mut Vec<Finding>) -> Result<(), TableError> {
        if let Some(names) = &self.names {
            names.columns().iter().for_each(|(path, bytes)| digest.add(path, bytes));
            let astray = (0..self.rows()).find(|&row| names.find(names.of(row)) != Some(row));
            findings
                .extend(astray.map(|row| finding(NAMES, format!("row {row} is not found from its published name"))));
        }
        if let Some(features) = self.features()? {
            digest.add(FEATURES, features.as_bytes());
        }
        Ok(())
    }

    fn verify_metric(&self, path: &str, metric: &Metric, column: &MetricColumn, findings: &mut Vec<Finding>) {
        let best =
            column.best(metric.epochs.len() - 1).map(|(row, value)| Optimum { value, row, arch: self.arch(row) });
        if best != metric.optimum {
            findings.push(finding(
                path,
                format!("the catalogue's optimum is {:?}, the numbers' is {best:?}", metric.optimum),
            ));
        }
        for (attribute, expected) in attributes(metric) {
            let found = self.file.column_text(path, attribute);
            if found.as_ref() != Some(&expected) {
                findings.push(finding(
                    path,
                    format!("attribute `{attribute}` is {found:?}, the catalogue says `{expected}`"),
                ));
            }
        }
    }
}

fn finding(place: &str, what: String) -> Finding {
    Finding { place: place.to_owned(), what }
}
