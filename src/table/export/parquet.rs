//! A sheet as Apache Parquet: numbers in the table's own type, null where nothing was measured, repeated texts kept once a row group.

use std::io;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::{ColumnWriter, get_typed_column_writer_mut};
use parquet::data_type::{ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};

use super::folder::create;
use super::sheet::{Cell, Content, Line, Sheet, SheetColumn};
use crate::table::{ElementType, TableError};

/// What the file says that it was made by: no version, so that only a change of content changes its bytes.
const MADE_BY: &str = "nasreplay";

/// About how many lines a row group has.
const GROUP: usize = 1 << 18;

/// How many values are handed over at a time.
pub(crate) const BATCH: usize = 4096;

/// How many bytes of distinct texts a column may have in a group before the rest are written one by one: room for the architectures of a
/// group.
const DICTIONARY: usize = 16 << 20;

pub(super) fn write(sheet: &Sheet<'_>, folder: &Path) -> Result<(), TableError> {
    create(folder, &sheet.file, |file| write_groups(sheet, file).map_err(io::Error::other))
}

fn write_groups(sheet: &Sheet<'_>, file: &mut (impl io::Write + Send)) -> Result<(), ParquetError> {
    let properties = WriterProperties::builder()
        .set_created_by(MADE_BY.to_owned())
        .set_compression(Compression::SNAPPY)
        .set_dictionary_page_size_limit(DICTIONARY)
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .build();
    let mut writer = SerializedFileWriter::new(file, schema(sheet)?, Arc::new(properties))?;
    let rows_a_group = (GROUP / sheet.lines_a_row().max(1)).max(1);
    for start in (0..sheet.rows()).step_by(rows_a_group) {
        let lines: Vec<Line> = sheet.lines(start..sheet.rows().min(start + rows_a_group)).collect();
        let mut group = writer.next_row_group()?;
        for column in &sheet.columns {
            let Some(mut chunk) = group.next_column()? else { break }; // the schema has all columns
            put_column(chunk.untyped(), sheet, column, &lines)?;
            chunk.close()?;
        }
        group.close()?;
    }
    writer.close()?;
    Ok(())
}

fn schema(sheet: &Sheet<'_>) -> Result<TypePtr, ParquetError> {
    let field = |column: &SheetColumn<'_>| {
        let (physical, logical) = match column.content() {
            Content::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Content::Whole => (Physical::INT64, None),
            Content::Number(ElementType::F32) => (Physical::FLOAT, None),
            Content::Number(ElementType::F64) => (Physical::DOUBLE, None),
        };
        let field = Type::primitive_type_builder(&column.name, physical);
        field.with_logical_type(logical).with_repetition(Repetition::OPTIONAL).build().map(Arc::new)
    };
    let fields = sheet.columns.iter().map(field).collect::<Result<_, _>>()?;
    Type::group_type_builder("table").with_fields(fields).build().map(Arc::new)
}

/// Hands the cells of some lines over to the column's writer, which is of the type that [`schema`] gives it.
fn put_column(
    writer: &mut ColumnWriter<'_>,
    sheet: &Sheet<'_>,
    column: &SheetColumn<'_>,
    lines: &[Line],
) -> Result<(), ParquetError> {
    let lines = lines.iter().copied();
    match column.content() {
        Content::Text => {
            let mut last = None;
            put::<ByteArrayType>(writer, lines.map(|line| text(sheet, column, line, &mut last)))
        }
        Content::Whole => put::<Int64Type>(
            writer,
            lines.map(|line| match sheet.cell(column, line) {
                Cell::Whole(number) => i64::try_from(number).ok(),
                _ => None,
            }),
        ),
        Content::Number(ElementType::F32) => put::<FloatType>(
            writer,
            lines.map(|line| match sheet.cell(column, line) {
                Cell::Single(number) => Some(number),
                _ => None,
            }),
        ),
        Content::Number(ElementType::F64) => put::<DoubleType>(
            writer,
            lines.map(|line| match sheet.cell(column, line) {
                Cell::Double(number) => Some(number),
                _ => None,
            }),
        ),
    }
}

/// The text of a cell; one that all lines of a row share is made once.
fn text(
    sheet: &Sheet<'_>,
    column: &SheetColumn<'_>,
    line: Line,
    last: &mut Option<(usize, ByteArray)>,
) -> Option<ByteArray> {
    if let Some((row, text)) = last
        && *row == line.row
        && column.is_of_row()
    {
        return Some(text.clone());
    }
    let Cell::Text(text) = sheet.cell(column, line) else { return None };
    let text = ByteArray::from(text.as_bytes().to_vec());
    *last = Some((line.row, text.clone()));
    Some(text)
}

/// Writes a column's cells, null where there is none, a batch at a time.
pub(crate) fn put<T: DataType>(
    writer: &mut ColumnWriter<'_>,
    mut cells: impl Iterator<Item = Option<T::T>>,
) -> Result<(), ParquetError> {
    let writer = get_typed_column_writer_mut::<T>(writer);
    let (mut values, mut levels) = (Vec::with_capacity(BATCH), Vec::with_capacity(BATCH));
    loop {
        for cell in cells.by_ref().take(BATCH) {
            levels.push(i16::from(cell.is_some()));
            values.extend(cell);
        }
        if levels.is_empty() {
            return Ok(());
        }
        writer.write_batch(&values, Some(&levels), None)?;
        values.clear();
        levels.clear();
    }
}
