//! Trials as comma-separated values, with a line of headings.
//!
//! Numbers are as short as they can be and still be read back exactly; absent ones are empty. Fields are quoted where RFC 4180 (section 2,
//! rules 6 and 7) asks for it, and where they are empty texts, to tell those from absent ones. Whole values of measured numbers keep their
//! `.0`, so that readers which guess types from the first lines guess right. Lines end in a line feed alone.

use std::borrow::{Borrow, Cow};
use std::io::Write;

use rayon::prelude::*;

use super::trials::{ABSENT, COLUMNS, Piece, Texts, TrialBlock, TrialsError};
use crate::base::no_formula;

/// How many trials a thread turns into text at a time.
const PIECE: usize = 4096;

/// How many pieces are in memory at a time.
const WAVE: usize = 64;

/// Roughly how many bytes a line has.
const LINE: usize = 300;

/// Writes blocks as comma-separated values.
pub(super) fn write_csv<B: Borrow<TrialBlock>>(
    blocks: impl IntoIterator<Item = B>,
    mut out: impl Write,
) -> Result<(), TrialsError> {
    writeln!(out, "{}", COLUMNS.join(","))?;
    for block in blocks {
        let block = block.borrow();
        block.check()?;
        let lines = Lines::new(block);
        for wave in block.pieces(PIECE).chunks(WAVE) {
            let texts: Vec<String> = wave.par_iter().map(|piece| lines.of(piece)).collect();
            texts.iter().try_for_each(|text| out.write_all(text.as_bytes()))?;
        }
    }
    out.flush()?;
    Ok(())
}

/// A block with its texts quoted.
struct Lines<'a> {
    block: &'a TrialBlock,
    /// The names of benchmark and strategy.
    names: String,
    architectures: Quoted<'a>,
    replicates: Quoted<'a>,
    sources: Quoted<'a>,
}

struct Quoted<'a> {
    names: Vec<Cow<'a, str>>,
    places: &'a [u32],
}

impl<'a> Lines<'a> {
    fn new(block: &'a TrialBlock) -> Self {
        Self {
            block,
            names: format!("{},{}", quoted(&block.benchmark), quoted(&block.strategy)),
            architectures: Quoted::new(&block.architecture),
            replicates: Quoted::new(&block.replicate),
            sources: Quoted::new(&block.source),
        }
    }

    /// Writes the lines of a piece.
    fn of(&self, piece: &Piece) -> String {
        let lead = format!("{},{},{},", self.names, piece.run, self.block.seed);
        let mut text = String::with_capacity(piece.places.len() * LINE);
        for (trial, place) in (piece.first..).zip(piece.places.clone()) {
            text.push_str(&lead);
            text.push_str(itoa::Buffer::new().format(trial));
            self.add_trial(&mut text, place);
            text.push('\n');
        }
        text
    }

    /// Adds the columns from the architecture on.
    fn add_trial(&self, text: &mut String, place: usize) {
        let block = self.block;
        add_text(text, self.architectures.at(place));
        add_row(text, block.row.get(place));
        add_text(text, self.replicates.at(place));
        add_number(text, block.told.get(place));
        add_number(text, block.end_seconds.get(place));
        add_number(text, block.valid.get(place));
        add_number(text, block.test.get(place));
        add_text(text, block.incumbent.get(place).map_or("", |&is| if is { "true" } else { "false" }));
        add_number(text, block.valid_regret.get(place));
        add_number(text, block.test_regret.get(place));
        add_text(text, self.sources.at(place));
    }
}

impl<'a> Quoted<'a> {
    fn new(texts: &'a Texts) -> Self {
        Self { names: texts.names.iter().map(|name| quoted(name)).collect(), places: &texts.places }
    }

    /// Gives a trial's text; empty if it is absent.
    fn at(&self, place: usize) -> &str {
        let name = self.places.get(place).and_then(|&name| self.names.get(name as usize));
        name.map_or("", |name| name)
    }
}

fn add_text(text: &mut String, field: &str) {
    text.push(',');
    text.push_str(field);
}

fn add_row(text: &mut String, row: Option<&u32>) {
    text.push(',');
    if let Some(&row) = row.filter(|&&row| row != ABSENT) {
        text.push_str(itoa::Buffer::new().format(row));
    }
}

fn add_number(text: &mut String, number: Option<&f64>) {
    text.push(',');
    if let Some(&number) = number.filter(|number| !number.is_nan()) {
        text.push_str(zmij::Buffer::new().format(number));
    }
}

/// Quotes a text that holds what ends a field or a line, or nothing.
fn quoted(text: &str) -> Cow<'_, str> {
    let text = no_formula(text);
    if text.is_empty() || text.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", text.replace('"', "\"\"")))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::super::trials::example;
    use super::*;

    fn csv(blocks: &[TrialBlock]) -> String {
        let mut bytes = Vec::new();
        write_csv(blocks, &mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    const HEADINGS: &str = "benchmark,strategy,run,seed,trial,architecture,row,replicate,told,end_seconds,valid,test,incumbent,\
                            valid_regret,test_regret,source\n";

    /// Written down by hand from the columns' definitions.
    #[test]
    fn a_small_block_in_full() {
        let lines = "\"cells, small\",\"my \"\"best\"\"\",0,18446744073709551615,0,|conv~0|+|skip~1|,7,777,0.30000000000000004,,1e-7,,true,0.5,,table\n\
                     \"cells, small\",\"my \"\"best\"\"\",0,18446744073709551615,1,,,mean,,,-0.0,,false,0.5,,table\n\
                     \"cells, small\",\"my \"\"best\"\"\",2,18446744073709551615,0,|conv~0|+|skip~1|,4000000000,mean,91.0,,1e+300,,true,0.0,,table\n";
        assert_eq!(csv(&[example()]), format!("{HEADINGS}{lines}"));
    }

    #[test]
    fn without_trials_there_are_headings_only() {
        assert_eq!(csv(&[]), HEADINGS);
        assert_eq!(csv(&[TrialBlock::default()]), HEADINGS);
    }

    #[test]
    fn empty_columns_are_empty_fields() {
        let block = TrialBlock { benchmark: "b".into(), strategy: "s".into(), runs: vec![1], ..TrialBlock::default() };
        assert_eq!(csv(&[block]), format!("{HEADINGS}b,s,0,0,0,,,,,,,,,,,\n"));
    }

    #[test]
    fn texts_are_quoted_where_they_must_be() {
        assert_eq!(quoted("plain|text~0"), "plain|text~0");
        assert_eq!(quoted("a,b"), "\"a,b\"");
        assert_eq!(quoted("say \"a\""), "\"say \"\"a\"\"\"");
        assert_eq!(quoted("two\nlines"), "\"two\nlines\"");
        assert_eq!(quoted("two\rlines"), "\"two\rlines\"");
        assert_eq!(quoted(""), "\"\"");
    }

    #[test]
    fn the_csv_crate_reads_the_same_numbers() {
        let text = csv(&[example()]);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        assert_eq!(&records[0][1], "my \"best\"");
        let told: Vec<f64> = records.iter().map(|record| record[8].parse().unwrap_or(f64::NAN)).collect();
        assert!(told.iter().zip(&example().told).all(|(read, written)| read.total_cmp(written).is_eq()));
        let valid: Vec<u64> = records.iter().map(|record| record[10].parse::<f64>().unwrap().to_bits()).collect();
        assert_eq!(valid, example().valid.iter().map(|value| value.to_bits()).collect::<Vec<_>>());
    }

    #[test]
    fn trials_of_long_runs_are_numbered_through() {
        let block = TrialBlock { runs: vec![PIECE + 2], ..TrialBlock::default() };
        let text = csv(&[block]);
        let numbers = text.lines().skip(1).map(|line| line.split(',').nth(4).unwrap().parse::<usize>().unwrap());
        assert!(numbers.eq(0..PIECE + 2));
    }
}
