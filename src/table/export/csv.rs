//! A sheet as CSV; numbers are written with as few digits as read back to the same bits, and nothing where nothing was measured.

use std::io;
use std::path::Path;

use csv::Writer;

use super::folder::create;
use super::sheet::{Cell, Sheet};
use crate::table::TableError;

pub(super) fn write(sheet: &Sheet<'_>, folder: &Path) -> Result<(), TableError> {
    create(folder, &sheet.file, |file| {
        let mut lines = Writer::from_writer(file);
        lines.write_record(sheet.columns.iter().map(|column| &column.name))?;
        for line in sheet.lines(0..sheet.rows()) {
            for column in &sheet.columns {
                write_cell(&mut lines, &sheet.cell(column, line))?;
            }
            lines.write_record(None::<&[u8]>)?; // ends the line
        }
        lines.flush()
    })
}

fn write_cell(lines: &mut Writer<impl io::Write>, cell: &Cell<'_>) -> io::Result<()> {
    let written = match cell {
        Cell::Nothing => lines.write_field(""),
        Cell::Text(text) => lines.write_field(text.as_bytes()),
        Cell::Whole(number) => lines.write_field(itoa::Buffer::new().format(*number)),
        Cell::Double(number) => lines.write_field(zmij::Buffer::new().format(*number)),
        Cell::Single(number) => lines.write_field(single(*number)),
    };
    written.map_err(io::Error::from)
}

/// The fewest digits of a 4-byte number, unless reading them as an 8-byte number and rounding that gives another.
fn single(number: f32) -> String {
    let short = zmij::Buffer::new().format(number).to_owned();
    match short.parse::<f64>() {
        Ok(read) if (read as f32).to_bits() == number.to_bits() => short,
        _ => zmij::Buffer::new().format(f64::from(number)).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_numbers_are_short_and_exact() {
        assert_eq!((single(0.1), single(90.0)), ("0.1".to_owned(), "90.0".to_owned()));
        for number in [f32::MIN_POSITIVE, f32::from_bits(1), f32::MAX, -0.0, 16_777_217.0, 8.41, 1e-9] {
            let read: f64 = single(number).parse().unwrap();
            assert_eq!((read as f32).to_bits(), number.to_bits(), "{number}");
        }
    }
}
