//! Rows of an Apache Parquet file, as pandas, fastparquet, pyarrow and this program write them.
//!
//! Members of structs are columns with dotted names; dictionaries ("categories") are read as their values.

use std::collections::HashMap;

use parquet::basic::{Compression, ConvertedType, Repetition};
use parquet::errors::ParquetError;
use parquet::file::metadata::ParquetMetaData;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::reader::RowIter;
use parquet::record::{Field, Row};
use parquet::schema::types::Type;

use super::{Cell, Held, Reader, RecordFile};
use crate::import::ImportError;
use crate::import::guard::guarded;

/// The rows of a Parquet file.
pub(super) struct Rows<'f> {
    file: &'f RecordFile,
    rows: RowIter<'static>,
    read: usize,
    /// Where the cell of a column is kept.
    wanted: HashMap<&'f str, usize>,
    cells: Vec<Held>,
}

/// The names of the columns, those of a struct's members with dots.
pub(super) fn columns(file: &RecordFile) -> Result<Vec<String>, ImportError> {
    let reader = open(file)?;
    check_compression(reader.metadata()).map_err(|what| ImportError::Content {
        file: file.label.clone(),
        what,
        hint: Some(
            "write it with gzip, snappy or no compression, in pandas `to_parquet(..., compression=\"gzip\")`".into(),
        ),
    })?;
    let mut names = Vec::new();
    for field in reader.metadata().file_metadata().schema().get_fields() {
        list_names(field, "", &mut names);
    }
    Ok(names)
}

fn open(file: &RecordFile) -> Result<SerializedFileReader<bytes::Bytes>, ImportError> {
    let reader = guarded(|| SerializedFileReader::new(file.bytes.clone())).map_err(|what| file.fault(what))?;
    reader.map_err(|error| fault(file, &error))
}

fn fault(file: &RecordFile, error: &ParquetError) -> ImportError {
    file.fault(format!("is damaged, or no Parquet file that this build reads: {error}"))
}

/// The compressions that this build has no code for are named before any row is read.
fn check_compression(metadata: &ParquetMetaData) -> Result<(), String> {
    let known =
        |compression| matches!(compression, Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_));
    let chunks = metadata.row_groups().iter().flat_map(|group| group.columns());
    match chunks.into_iter().find(|chunk| !known(chunk.compression())) {
        Some(chunk) => Err(format!(
            "column `{}` is compressed by {}, which this build does not read",
            chunk.column_path().string(),
            chunk.compression()
        )),
        None => Ok(()),
    }
}

fn is_struct(field: &Type) -> bool {
    let about = field.get_basic_info();
    let repeated = about.has_repetition() && about.repetition() == Repetition::REPEATED;
    field.is_group() && !repeated && about.converted_type() == ConvertedType::NONE && about.logical_type_ref().is_none()
}

fn list_names(field: &Type, prefix: &str, names: &mut Vec<String>) {
    let name = dotted(prefix, field.name());
    if is_struct(field) {
        field.get_fields().iter().for_each(|inner| list_names(inner, &name, names));
    } else {
        names.push(name);
    }
}

fn dotted(prefix: &str, name: &str) -> String {
    if prefix.is_empty() { name.to_owned() } else { format!("{prefix}.{name}") }
}

impl<'f> Rows<'f> {
    pub(super) fn open(file: &'f RecordFile, places: &[usize]) -> Result<Self, ImportError> {
        let reader = open(file)?;
        let wanted: HashMap<&str, usize> = places.iter().map(|&place| (file.column(place), place)).collect();
        let schema = reader.metadata().file_metadata().schema();
        let is_wanted = |field: &Type| {
            let mut names = Vec::new();
            list_names(field, "", &mut names);
            names.iter().any(|name| wanted.contains_key(name.as_str()))
        };
        let fields = schema.get_fields().iter().filter(|field| is_wanted(field)).cloned().collect();
        let projection = Type::group_type_builder(schema.name()).with_fields(fields).build();
        let rows =
            projection.and_then(|projection| RowIter::from_file_into(Box::new(reader)).project(Some(projection)));
        let rows = rows.map_err(|error| fault(file, &error))?;
        let cells = vec![Held::Empty; file.columns.len()];
        Ok(Self { file, rows, read: 0, wanted, cells })
    }

    fn keep(&mut self, row: Row, prefix: &str) {
        for (name, field) in row.into_columns() {
            let name = dotted(prefix, &name);
            match field {
                Field::Group(inner) => self.keep(inner, &name),
                field => {
                    if let Some(&place) = self.wanted.get(name.as_str()) {
                        self.cells[place] = held(field);
                    }
                }
            }
        }
    }
}

impl Reader for Rows<'_> {
    fn advance(&mut self) -> Result<bool, ImportError> {
        let next = guarded(|| self.rows.next().transpose().map_err(|error| error.to_string()));
        let row = next.flatten().map_err(|what| self.file.fault(format!("row {}: {what}", self.read)))?;
        let Some(row) = row else { return Ok(false) };
        self.read += 1;
        self.wanted.values().for_each(|&place| self.cells[place] = Held::Empty);
        self.keep(row, "");
        Ok(true)
    }

    fn cell(&self, place: usize) -> Cell<'_> {
        self.cells.get(place).map_or(Cell::Empty, Held::cell)
    }

    /// Rows are counted from 0, as in pandas.
    fn position(&self) -> Option<String> {
        self.read.checked_sub(1).map(|row| format!("row {row}"))
    }
}

fn held(field: Field) -> Held {
    match field {
        Field::Null => Held::Empty,
        Field::Bool(truth) => Held::Truth(truth),
        Field::Str(text) => Held::Text(text),
        Field::Bytes(bytes) => match bytes.as_utf8() {
            Ok(text) => Held::Text(text.to_owned()),
            Err(_) => Held::Text(format!("{} bytes that are no text", bytes.len())),
        },
        Field::ListInternal(ref list) => match list.elements().iter().map(number).collect() {
            Some(numbers) => Held::List(numbers),
            None => Held::Text(field.to_string()),
        },
        ref other => match (whole(other), number(other)) {
            (Some(whole), _) => Held::Whole(whole),
            (None, Some(number)) => Held::Number(number),
            (None, None) => Held::Text(other.to_string()),
        },
    }
}

fn whole(field: &Field) -> Option<i64> {
    Some(match *field {
        Field::Byte(number) => number.into(),
        Field::Short(number) => number.into(),
        Field::Int(number) => number.into(),
        Field::Long(number) => number,
        Field::UByte(number) => number.into(),
        Field::UShort(number) => number.into(),
        Field::UInt(number) => number.into(),
        Field::ULong(number) => number.try_into().ok()?,
        _ => return None,
    })
}

/// A number as it is; NaN stands for null.
fn number(field: &Field) -> Option<f64> {
    match *field {
        Field::Null => Some(f64::NAN),
        Field::Float16(number) => Some(number.into()),
        Field::Float(number) => Some(number.into()),
        Field::Double(number) => Some(number),
        Field::Str(ref text) => text.trim().parse().ok(),
        Field::Decimal(_) => field.to_string().parse().ok(),
        ref other => whole(other).map(|whole| whole as f64),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::super::tests::{file, texts};
    use super::*;

    const SCHEMA: &str = "message m {
        required binary arch (UTF8);
        optional group result { optional double acc; optional int64 seed; }
        optional group curve (LIST) { repeated group list { optional double element; } }
    }";

    fn written(compression: Compression) -> Vec<u8> {
        let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
        let properties = Arc::new(WriterProperties::builder().set_compression(compression).build());
        let mut bytes = Vec::new();
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let names = ["a", "b"].map(|name| ByteArray::from(name.as_bytes().to_vec()));
        column.typed::<ByteArrayType>().write_batch(&names, None, None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&[0.1], Some(&[2, 1]), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<Int64Type>().write_batch(&[7, 8], Some(&[2, 2]), None).unwrap();
        column.close().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&[1.0], Some(&[3, 2, 0]), Some(&[0, 1, 0])).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        bytes
    }

    #[test]
    fn structs_and_lists_are_read() {
        for compression in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::GZIP(Default::default())] {
            let file = file(written(compression)).unwrap();
            assert_eq!(file.columns, ["arch", "result.acc", "result.seed", "curve"]);
            assert_eq!(texts(&file).unwrap(), [["a", "0.1", "7", "[1, NaN]"], ["b", "", "8", ""]]);
            let mut records = file.records(&[2]).unwrap();
            assert!(records.advance().unwrap());
            assert_eq!((records.cell(2), records.cell(0)), (Cell::Whole(7), Cell::Empty));
        }
    }

    /// Each cut and each flipped bit gives an error or some records, and never a panic.
    #[test]
    fn damage_is_refused() {
        let sound = written(Compression::SNAPPY);
        for cut in 4..sound.len() {
            assert!(file(&sound[..cut]).is_err(), "cut at {cut}");
        }
        for bit in 0..8 * sound.len() {
            let mut damaged = sound.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            _ = file(damaged).and_then(|file| texts(&file));
        }
    }
}
