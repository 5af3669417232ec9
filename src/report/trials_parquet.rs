//! Trials as Apache Parquet (github.com/apache/parquet-format, README and Encodings), with pages of version 1, which all readers know.
//!
//! A row group a block. Values are kept once a group and referred to by short numbers (dictionary encoding), except simulated times, hardly
//! any two of which are equal. Columns that shrink much by it are compressed (Snappy). Columns are encoded side by side and put together in
//! their order.

use std::borrow::Borrow;
use std::io::Write;
use std::iter::repeat_n;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, LogicalType, Repetition, Type as Physical};
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, get_column_writer};
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::{EnabledStatistics, WriterProperties, WriterPropertiesPtr};
use parquet::file::writer::{SerializedFileWriter, SerializedPageWriter, TrackedWrite};
use parquet::schema::types::{ColumnDescPtr, ColumnPath, Type, TypePtr};
use rayon::prelude::*;

use super::trials::{ABSENT, COLUMNS, Texts, TrialBlock, TrialsError};
use crate::table::export::put;

/// What the file says that it was made by: no version, so that only a change of content changes its bytes.
const MADE_BY: &str = "nasreplay";

/// How many bytes of distinct values a column may have in a group before the rest are written one by one: room for all architectures of
/// NAS-Bench-201 (15,625 of some 80 bytes), for which the crate's default of 1 MiB is too little.
const DICTIONARY: usize = 16 << 20;

/// A column of a block.
enum Column<'a> {
    /// The same text for all trials.
    Name(&'a str),
    /// Each trial's run.
    Run,
    /// The same number for all trials.
    Seed(u64),
    /// The number of each trial in its run.
    Trial,
    Texts(&'a Texts),
    Rows(&'a [u32]),
    Numbers(&'a [f64]),
    Flags(&'a [bool]),
}

/// A column chunk, and what the file's footer says of it.
type Chunk = (Bytes, ColumnCloseResult);

/// Writes blocks as Parquet.
pub(super) fn write_parquet<B: Borrow<TrialBlock>>(
    blocks: impl IntoIterator<Item = B>,
    out: impl Write + Send,
) -> Result<(), TrialsError> {
    let mut file = SerializedFileWriter::new(out, schema()?, Arc::new(properties()))?;
    for block in blocks {
        let block = block.borrow();
        block.check()?;
        if block.trials() > 0 {
            add_group(&mut file, block)?;
        }
    }
    file.close()?;
    Ok(())
}

fn properties() -> WriterProperties {
    let compressed = Compression::SNAPPY;
    WriterProperties::builder()
        .set_created_by(MADE_BY.to_owned())
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_dictionary_page_size_limit(DICTIONARY)
        .set_column_compression(ColumnPath::from("architecture"), compressed)
        .set_column_compression(ColumnPath::from("trial"), compressed)
        .set_column_dictionary_enabled(ColumnPath::from("end_seconds"), false)
        .build()
}

/// The columns of a block, in the order of [`COLUMNS`].
fn columns(block: &TrialBlock) -> [Column<'_>; COLUMNS.len()] {
    [
        Column::Name(&block.benchmark),
        Column::Name(&block.strategy),
        Column::Run,
        Column::Seed(block.seed),
        Column::Trial,
        Column::Texts(&block.architecture),
        Column::Rows(&block.row),
        Column::Texts(&block.replicate),
        Column::Numbers(&block.told),
        Column::Numbers(&block.end_seconds),
        Column::Numbers(&block.valid),
        Column::Numbers(&block.test),
        Column::Flags(&block.incumbent),
        Column::Numbers(&block.valid_regret),
        Column::Numbers(&block.test_regret),
        Column::Texts(&block.source),
    ]
}

fn schema() -> Result<TypePtr, ParquetError> {
    let none = TrialBlock::default();
    let fields = COLUMNS.iter().zip(columns(&none)).map(|(name, column)| column.field(name).map(Arc::new));
    let fields = fields.collect::<Result<_, _>>()?;
    Type::group_type_builder("trials").with_fields(fields).build().map(Arc::new)
}

fn add_group<W: Write + Send>(file: &mut SerializedFileWriter<W>, block: &TrialBlock) -> Result<(), ParquetError> {
    let (descriptions, properties) = (file.schema_descr().columns(), file.properties());
    let encode = |(column, description): (Column<'_>, &ColumnDescPtr)| {
        column.encode(block, description.clone(), properties.clone())
    };
    let columns: Vec<_> = columns(block).into_iter().zip(descriptions).collect();
    let chunks: Vec<Chunk> = columns.into_par_iter().map(encode).collect::<Result<_, _>>()?;
    let mut group = file.next_row_group()?;
    for (bytes, close) in chunks {
        group.append_column(&bytes, close)?;
    }
    group.close()?;
    Ok(())
}

impl Column<'_> {
    /// Describes the column of a name.
    fn field(&self, name: &str) -> Result<Type, ParquetError> {
        let unsigned = Some(LogicalType::integer(64, false));
        let (physical, logical) = match self {
            Self::Name(_) | Self::Texts(_) => (Physical::BYTE_ARRAY, Some(LogicalType::String)),
            Self::Seed(_) => (Physical::INT64, unsigned),
            Self::Run | Self::Trial | Self::Rows(_) => (Physical::INT64, None),
            Self::Numbers(_) => (Physical::DOUBLE, None),
            Self::Flags(_) => (Physical::BOOLEAN, None),
        };
        let repetition = match self {
            Self::Name(_) | Self::Run | Self::Seed(_) | Self::Trial => Repetition::REQUIRED,
            Self::Texts(_) | Self::Rows(_) | Self::Numbers(_) | Self::Flags(_) => Repetition::OPTIONAL,
        };
        let field = Type::primitive_type_builder(name, physical);
        field.with_logical_type(logical).with_repetition(repetition).build()
    }

    fn encode(
        &self,
        block: &TrialBlock,
        description: ColumnDescPtr,
        properties: WriterPropertiesPtr,
    ) -> Result<Chunk, ParquetError> {
        let mut sink = TrackedWrite::new(Vec::new());
        let pages = Box::new(SerializedPageWriter::new(&mut sink));
        let mut writer = get_column_writer(description, properties, pages);
        self.put(block, &mut writer)?;
        let close = writer.close()?;
        Ok((Bytes::from(sink.into_inner()?), close))
    }

    /// Hands all values over to the column's writer, which is of the type that [`Column::field`] describes.
    fn put(&self, block: &TrialBlock, writer: &mut ColumnWriter<'_>) -> Result<(), ParquetError> {
        let trials = block.trials();
        let runs = || block.runs.iter().zip(0_i64..);
        match *self {
            Self::Name(name) => put::<ByteArrayType>(writer, repeat_n(Some(bytes_of(name)), trials)),
            Self::Run => put::<Int64Type>(writer, runs().flat_map(|(&trials, run)| repeat_n(Some(run), trials))),
            Self::Seed(seed) => put::<Int64Type>(writer, repeat_n(Some(seed.cast_signed()), trials)),
            Self::Trial => put::<Int64Type>(writer, runs().flat_map(|(&trials, _)| (0_i64..).map(Some).take(trials))),
            Self::Texts(texts) => put_texts(writer, texts, trials),
            Self::Rows(rows) => {
                put_each::<Int64Type, _>(writer, rows, trials, |&row| (row != ABSENT).then_some(row.into()))
            }
            Self::Numbers(numbers) => {
                put_each::<DoubleType, _>(writer, numbers, trials, |&number| (!number.is_nan()).then_some(number))
            }
            Self::Flags(flags) => put_each::<BoolType, _>(writer, flags, trials, |&flag| Some(flag)),
        }
    }
}

fn put_texts(writer: &mut ColumnWriter<'_>, texts: &Texts, trials: usize) -> Result<(), ParquetError> {
    let names: Vec<ByteArray> = texts.names.iter().map(|name| bytes_of(name)).collect();
    put_each::<ByteArrayType, _>(writer, &texts.places, trials, |&place| names.get(place as usize).cloned())
}

/// Puts a value for each element of a column, or nothing for every trial where the column is empty.
fn put_each<T: DataType, E>(
    writer: &mut ColumnWriter<'_>,
    column: &[E],
    trials: usize,
    value: impl Fn(&E) -> Option<T::T>,
) -> Result<(), ParquetError> {
    put::<T>(writer, (0..trials).map(|place| column.get(place).and_then(&value)))
}

fn bytes_of(text: &str) -> ByteArray {
    ByteArray::from(text.as_bytes().to_vec())
}

#[cfg(test)]
mod tests {
    use crate::table::export::BATCH;
    use parquet::basic::Encoding;
    use parquet::file::reader::{FileReader, SerializedFileReader};
    use parquet::record::Field;

    use super::super::trials::example;
    use super::*;

    fn parquet(blocks: &[TrialBlock]) -> SerializedFileReader<Bytes> {
        let mut bytes = Vec::new();
        write_parquet(blocks, &mut bytes).unwrap();
        SerializedFileReader::new(Bytes::from(bytes)).unwrap()
    }

    fn rows(blocks: &[TrialBlock]) -> Vec<Vec<(String, Field)>> {
        let file = parquet(blocks);
        let rows = file.get_row_iter(None).unwrap();
        rows.map(|row| row.unwrap().into_columns()).collect()
    }

    fn text(text: &str) -> Field {
        Field::Str(text.into())
    }

    /// Written down by hand from the columns' definitions, as the CSV of the same block is.
    #[test]
    fn a_small_block_reads_back() {
        let rows = rows(&[example()]);
        let names: Vec<&str> = rows[0].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, COLUMNS);
        let line = |run, trial, others: [Field; 11]| {
            let first = [text("cells, small"), text("my \"best\""), Field::Long(run), Field::ULong(u64::MAX)];
            [first.to_vec(), vec![Field::Long(trial)], others.to_vec()].concat()
        };
        let (conv, double, null) = (text("|conv~0|+|skip~1|"), Field::Double, Field::Null);
        let seven = [conv.clone(), Field::Long(7), text("777"), double(0.1 + 0.2), null.clone(), double(1e-7)];
        let nine = [null.clone(), null.clone(), text("mean"), null.clone(), null.clone(), double(-0.0)];
        let far = [conv, Field::Long(4_000_000_000), text("mean"), double(91.0), null.clone(), double(1e300)];
        let end = |is, regret| [null.clone(), Field::Bool(is), double(regret), null.clone(), text("table")];
        let joined = |start: [Field; 6], end: [Field; 5]| [start.as_slice(), &end].concat().try_into().unwrap();
        let expected = [
            line(0, 0, joined(seven, end(true, 0.5))),
            line(0, 1, joined(nine, end(false, 0.5))),
            line(2, 0, joined(far, end(true, 0.0))),
        ];
        let fields: Vec<Vec<Field>> =
            rows.into_iter().map(|row| row.into_iter().map(|(_, field)| field).collect()).collect();
        assert_eq!(fields, expected);
    }

    #[test]
    fn a_row_group_holds_a_block_and_empty_blocks_none() {
        let file = parquet(&[example(), TrialBlock::default(), example()]);
        let groups: Vec<i64> = file.metadata().row_groups().iter().map(|group| group.num_rows()).collect();
        assert_eq!(groups, [3, 3]);
        assert_eq!(parquet(&[]).metadata().file_metadata().schema_descr().num_columns(), COLUMNS.len());
    }

    #[test]
    fn empty_columns_are_null() {
        let block = TrialBlock { benchmark: "b".into(), runs: vec![1], ..TrialBlock::default() };
        let rows = rows(&[block]);
        let (told, absent) = rows[0].split_at(5);
        assert!(told.iter().all(|(_, field)| *field != Field::Null));
        assert!(absent.iter().all(|(_, field)| *field == Field::Null));
    }

    #[test]
    fn many_batches_keep_their_order_and_repeated_values_are_kept_once() {
        let rows_of_trials: Vec<u32> = (0..3 * BATCH as u32 + 1).map(|trial| trial % 100).collect();
        let block = TrialBlock {
            runs: vec![BATCH, rows_of_trials.len() - BATCH],
            architecture: Texts::of(&rows_of_trials, |row| Some(format!("cell {row}"))),
            row: rows_of_trials.clone(),
            ..TrialBlock::default()
        };
        let read = rows(std::slice::from_ref(&block));
        assert!(read.iter().zip(&rows_of_trials).all(|(read, &row)| read[6].1 == Field::Long(row.into())));
        assert!(read.iter().zip(&rows_of_trials).all(|(read, row)| read[5].1 == text(&format!("cell {row}"))));
        let numbers = (0..BATCH).chain(0..rows_of_trials.len() - BATCH);
        assert!(read.iter().zip(numbers).all(|(read, trial)| read[4].1 == Field::Long(trial as i64)));
        let file = parquet(&[block]);
        let chunk = file.metadata().row_group(0).column(5);
        assert!(chunk.encodings().any(|encoding| encoding == Encoding::RLE_DICTIONARY));
        assert!(chunk.compressed_size() < 2 * rows_of_trials.len() as i64, "{}", chunk.compressed_size());
    }

    #[test]
    fn nothing_but_content_is_in_the_file() {
        let file = parquet(&[example()]);
        assert_eq!(file.metadata().file_metadata().created_by(), Some("nasreplay"));
        assert!(file.metadata().file_metadata().key_value_metadata().is_none());
    }
}
