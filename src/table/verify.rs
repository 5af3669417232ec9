//! Reading everything: whether a table's numbers are those that its digest was made of, and agree with its catalogue.

use super::error::TableError;
use super::index::{ARCHS, ROWS, SLOTS, capacity};
use super::names::NAMES;
use super::schema::{IndexKind, Metric, Optimum};
use super::write::{ContentDigest, attributes};
use super::{FEATURES, MetricColumn, Table};
use crate::base::Digest;

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
        let found =
            self.found_digest(|path, metric, column| self.verify_metric(path, metric, column, &mut findings))?;
        self.verify_names(&mut findings);
        self.verify_rows(&mut findings);
        if serde_json::from_str(&self.file.text("space")?).ok().as_ref() != Some(&self.catalogue.space) {
            findings.push(finding("space", "the attribute is not the catalogue's space".into()));
        }
        if found != self.digest {
            findings.insert(0, finding("digest", format!("expected {}, the content has {found}", self.digest)));
        }
        Ok(findings)
    }

    /// Whether the content has the digest that the file states; all of it is read.
    ///
    /// # Errors
    /// Columns that cannot be mapped.
    pub fn has_its_digest(&self) -> Result<bool, TableError> {
        Ok(self.found_digest(|_, _, _| ())? == self.digest)
    }

    /// The digest of the content; `look` sees each metric's column on the way.
    fn found_digest(&self, mut look: impl FnMut(&str, &Metric, &MetricColumn)) -> Result<Digest, TableError> {
        let mut digest = ContentDigest::new(&self.file.text("catalogue")?);
        self.add_index(&mut digest)?;
        if let Some(names) = &self.names {
            names.columns().iter().for_each(|(path, bytes)| digest.add(path, bytes));
        }
        if let Some(features) = self.features()? {
            digest.add(FEATURES, features.as_bytes());
        }
        for (path, metric) in self.catalogue.columns() {
            let column = self.column(&path, metric)?;
            digest.add(&path, column.as_bytes());
            look(&path, metric, &column);
        }
        Ok(digest.finish())
    }

    fn add_index(&self, digest: &mut ContentDigest) -> Result<(), TableError> {
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

    fn verify_names(&self, findings: &mut Vec<Finding>) {
        if let Some(names) = &self.names {
            let astray = (0..self.rows()).find(|&row| names.find(names.of(row)) != Some(row));
            findings
                .extend(astray.map(|row| finding(NAMES, format!("row {row} is not found from its published name"))));
        }
    }

    fn verify_metric(&self, path: &str, metric: &Metric, column: &MetricColumn, findings: &mut Vec<Finding>) {
        let best =
            column.best(metric.epochs.len() - 1).map(|(row, value)| Optimum { value, row, arch: self.arch(row) });
        if best != metric.optimum {
            findings.push(finding(
                path,
                format!(
                    "the best of the catalogue is {}, that of the numbers {}",
                    optimum_text(metric.optimum.as_ref()),
                    optimum_text(best.as_ref())
                ),
            ));
        }
        for (attribute, expected) in attributes(metric) {
            let found = self.file.column_text(path, attribute);
            if found.as_ref() != Some(&expected) {
                let found = found.map_or("absent".to_owned(), |found| format!("`{found}`"));
                findings.push(finding(
                    path,
                    format!("attribute `{attribute}` is {found}, the catalogue says `{expected}`"),
                ));
            }
        }
    }
}

fn optimum_text(best: Option<&Optimum>) -> String {
    best.map_or("none".to_owned(), |best| format!("{} in row {}", best.value, best.row))
}

fn finding(place: &str, what: String) -> Finding {
    Finding { place: place.to_owned(), what }
}
