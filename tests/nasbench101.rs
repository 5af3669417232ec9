//! NAS-Bench-101: all published cells by their hashes, canonical codes under relabelling, and the importers of its files.

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use base64::Engine as _;
use common::shared;
use nasreplay::base::{Key, Rng};
use nasreplay::import::{ImportError, Look, Mapping, generic, nasbench101, naslib};
use nasreplay::space::{Arch, Cell101, Space};
use nasreplay::table::Table;
use proptest::prelude::*;
use prost::Message as _;
use rayon::prelude::*;

/// All 423,624 cells, from the shared CSV; the import computes the hash of each and compares it with the published one.
static CELLS: LazyLock<Option<Table>> = LazyLock::new(|| {
    let source = shared("data/nasbench101.csv.gz")?;
    let mapping = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mappings/nasbench101-csv.toml");
    let folder = tempfile::tempdir().unwrap();
    let mapping = Mapping::read(&mapping).unwrap();
    Some(generic::import(&mapping, &[source], &folder.path().join("x.h5")).unwrap()) // a mapped file stays readable when its name is gone
});

#[test]
fn every_published_cell_has_its_hash_and_a_row_of_its_own() {
    let Some(table) = &*CELLS else { return };
    assert_eq!(table.rows(), 423_624);
    let mut by_vertices = [0; 8];
    for arch in table.archs() {
        by_vertices[Cell101::vertices(arch).unwrap()] += 1;
        assert!(Cell101::edges(arch).unwrap() <= 9);
    }
    assert_eq!(by_vertices, [0, 0, 1, 6, 84, 2_441, 62_010, 359_082]);
    let best = table.metric("cifar10", "108", "test_acc").unwrap().metric().optimum.clone().unwrap();
    assert_eq!(table.published_name(best.row), Some("02e5a0247bbdcf2860b7e96f74961594"));
    assert!((best.value - 0.943_175_752_957_662).abs() < 1e-15);
    assert_eq!(table.fixed("params").unwrap().value(best.row, 0, 0), 32_426_634.0);
    assert_eq!(table.published_name(0), Some("00005c142e6f48ac74fdcf73e3439874"));
}

#[test]
fn a_cell_is_found_by_its_hash_and_by_any_matrix() {
    let Some(table) = &*CELLS else { return };
    let row = |text: &str| table.row(table.space().parse(text).unwrap());
    assert_eq!(row("00005c142e6f48ac74fdcf73e3439874"), Some(0));
    let matrix = "0100110001000000010010000010000001000000010000000";
    assert_eq!(row(&format!("{matrix}:conv3x3,maxpool3x3,conv3x3,conv3x3,conv1x1")), Some(0));
    let diamond = |first, second| row(&format!("0110000100010000:input,{first},{second},output")).unwrap();
    assert_eq!(diamond("conv1x1-bn-relu", "maxpool3x3"), diamond("maxpool3x3", "conv1x1-bn-relu"));
    let name = table.published_name(diamond("conv1x1", "maxpool3x3"));
    assert_eq!(name, Some("ac9bd0e2514c031187b612db767fb038"));
    let unconnected = table.space().parse("0000:").unwrap();
    assert_eq!(table.row(unconnected), None);
}

#[test]
fn every_cell_is_found_again_when_its_vertices_are_renumbered() {
    let Some(table) = &*CELLS else { return };
    (0..table.rows()).into_par_iter().for_each(|row| {
        let mut rng = stream("relabel", row as u64);
        let other = relabelled(table.arch(row), &mut rng);
        assert_eq!(table.row(other), Some(row), "{}", Cell101.write(other));
    });
}

#[test]
fn raw_codes_have_a_canonical_code_exactly_when_they_have_a_hash() {
    let Some(table) = &*CELLS else { return };
    let mut rng = stream("raw", 0);
    let archs: Vec<Arch> = (0..10_000).map(|_| Cell101.sample(&mut rng)).collect();
    let valid = archs.par_iter().filter(|&&arch| {
        let (hash, row) = (Cell101::module_hash(arch), table.row(arch));
        assert_eq!(row.and_then(|row| table.published_name(row)), hash.as_deref(), "{}", Cell101.write(arch));
        hash.is_some()
    });
    assert!((6_000..9_000).contains(&valid.count()));
}

proptest! {
    #[test]
    fn isomorphic_cells_have_one_code_and_one_hash(code in 0u64..509_607_936, seed in any::<u64>()) {
        if let Some(canonical) = Cell101.canonical(Arch(code)) {
            let other = relabelled(Arch(code), &mut stream("relabel", seed));
            prop_assert_eq!(Cell101.canonical(other), Some(canonical));
            prop_assert_eq!(Cell101.canonical(canonical), Some(canonical));
            prop_assert_eq!(Cell101::module_hash(other), Cell101::module_hash(Arch(code)));
            prop_assert_eq!(Cell101::vertices(other), Cell101::vertices(canonical));
        }
    }
}

fn stream(purpose: &str, number: u64) -> Rng {
    Rng::new(Key::derive(101, purpose, &[], number))
}

/// A cell's matrix and the digits of its interior operations.
fn graph(arch: Arch) -> ([[bool; 7]; 7], [u32; 5]) {
    let name = Cell101.write(arch);
    let digits = name.as_bytes();
    let operations = arch.digits(Cell101.radices())[21..].try_into().unwrap();
    (std::array::from_fn(|from| std::array::from_fn(|to| digits[7 * from + to] == b'1')), operations)
}

/// The same network: its vertices in another topological order, among them dead vertices with edges that lead nowhere or come from nowhere.
fn relabelled(arch: Arch, rng: &mut Rng) -> Arch {
    let (edges, operations) = graph(Cell101.canonical(arch).unwrap());
    let live = Cell101::vertices(arch).unwrap() - 2;
    let mut places = [1, 2, 3, 4, 5];
    rng.shuffle(&mut places);
    places[..live].sort_unstable();
    let mut new = [0, 0, 0, 0, 0, 0, 6]; // the new number of each vertex
    let mut rest: Vec<usize> = (1..=live).collect();
    for place in &places[..live] {
        let is_free = |&vertex: &usize| !rest.iter().any(|&other| edges[other][vertex]);
        let free: Vec<usize> = rest.iter().copied().filter(is_free).collect();
        let next = free[rng.below(free.len() as u32) as usize];
        new[next] = *place;
        rest.retain(|&vertex| vertex != next);
    }
    let mut matrix = [[false; 7]; 7];
    let mut digits = [0; 5];
    let kept = |vertex: &usize| *vertex == 0 || *vertex == 6 || *vertex <= live;
    for (from, to) in (0..7).filter(kept).flat_map(|from| (0..7).filter(kept).map(move |to| (from, to))) {
        matrix[new[from]][new[to]] |= edges[from][to];
    }
    (1..=live).for_each(|vertex| digits[new[vertex] - 1] = operations[vertex - 1]);
    let (mut leads_nowhere, mut comes_from_nowhere) = ([false; 7], [false; 7]);
    for &dead in &places[live..] {
        digits[dead - 1] = rng.below(3);
        let side = if rng.below(2) == 0 { &mut leads_nowhere } else { &mut comes_from_nowhere };
        side[dead] = true;
    }
    for (from, to) in (0..7).flat_map(|from| (from + 1..7).map(move |to| (from, to))) {
        matrix[from][to] |= (leads_nowhere[to] || comes_from_nowhere[from]) && rng.below(2) == 0;
    }
    let names = digits.map(|digit| nasreplay::space::CELL101_OPERATIONS[digit as usize]);
    Cell101::from_matrix(7, matrix.as_flattened(), &names).unwrap()
}

/// Three small cells: matrix and operations as published.
const SMALL: [(&str, &str); 3] = [
    ("0100", "input,output"),
    ("010001000", "input,conv3x3-bn-relu,output"),
    ("0110000100010000", "input,conv1x1-bn-relu,maxpool3x3,output"),
];

#[derive(Clone, PartialEq, prost::Message)]
struct ModelMetrics {
    #[prost(message, repeated, tag = "1")]
    evaluations: Vec<Evaluation>,
    #[prost(int32, tag = "2")]
    parameters: i32,
    #[prost(double, tag = "3")]
    total_time: f64,
}

#[derive(Clone, PartialEq, prost::Message)]
struct Evaluation {
    #[prost(double, tag = "1")]
    epoch: f64,
    #[prost(double, tag = "2")]
    seconds: f64,
    #[prost(double, tag = "3")]
    train: f64,
    #[prost(double, tag = "4")]
    valid: f64,
    #[prost(double, tag = "5")]
    test: f64,
}

/// A made-up accuracy of a training at a point (0: start, 1: half-way, 2: end).
fn accuracy(cell: usize, epochs: u32, replicate: u32, point: u32) -> f64 {
    f64::from((cell as f32 * 0.1 + epochs as f32 / 1000.0 + replicate as f32 / 100.0 + point as f32 / 50.0) / 2.0)
}

fn record(cell: usize, epochs: u32, replicate: u32) -> String {
    let (matrix, operations) = SMALL[cell];
    let evaluation = |point: u32| {
        let valid = accuracy(cell, epochs, replicate, point);
        let epoch = f64::from(epochs) * f64::from(point) / 2.0;
        Evaluation { epoch, seconds: epoch * 4.0, train: 0.875, valid, test: valid / 2.0 }
    };
    let metrics =
        ModelMetrics { evaluations: (0..3).map(evaluation).collect(), parameters: 100 + cell as i32, total_time: 0.1 };
    let text = base64::engine::general_purpose::STANDARD.encode(metrics.encode_to_vec());
    let lines: String =
        text.as_bytes().chunks(76).map(|line| String::from_utf8_lossy(line).into_owned() + "\n").collect();
    let hash = Cell101::module_hash(Cell101.parse(&format!("{matrix}:{operations}")).unwrap()).unwrap();
    serde_json::to_string(&(hash, epochs, matrix, operations, lines)).unwrap()
}

/// Three cells with three trainings of each of four schedules, cell after cell in another order than their hashes'.
fn records() -> Vec<String> {
    let trainings =
        |cell| (0..3).flat_map(move |replicate| [4, 12, 36, 108].map(|epochs| record(cell, epochs, replicate)));
    (0..3).flat_map(trainings).collect()
}

fn framed(records: &[String]) -> Vec<u8> {
    let masked = |bytes: &[u8]| crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
    let mut file = Vec::new();
    for record in records {
        let length = (record.len() as u64).to_le_bytes();
        file.extend([&length[..], &masked(&length), record.as_bytes(), &masked(record.as_bytes())].concat());
    }
    file
}

fn import(folder: &Path, bytes: &[u8]) -> Result<Table, ImportError> {
    let (source, output) = (folder.join("some.tfrecord"), folder.join("x.h5"));
    fs::write(&source, bytes).unwrap();
    let table = nasbench101::import(&[source], &output);
    assert_eq!(table.is_ok(), output.exists());
    table
}

#[test]
fn written_records_become_the_table() {
    let folder = tempfile::tempdir().unwrap();
    let table = import(folder.path(), &framed(&records())).unwrap();
    assert_eq!(table.verify().unwrap(), []);
    assert_eq!(table.catalogue().tasks["cifar10"].keys().collect::<Vec<_>>(), ["4", "12", "36", "108"]);
    for (cell, (matrix, operations)) in SMALL.into_iter().enumerate() {
        assert_eq!(table.row(table.space().parse(&format!("{matrix}:{operations}")).unwrap()), Some(cell));
        for (epochs, replicate, point) in [(4, 0, 0), (12, 1, 1), (36, 2, 0), (108, 2, 1)] {
            let value = |metric| {
                table.metric("cifar10", &epochs.to_string(), metric).unwrap().value(cell, replicate as usize, point)
            };
            let valid = accuracy(cell, epochs, replicate, point as u32 + 1);
            assert_eq!(value("valid_acc"), valid);
            assert_eq!((value("test_acc"), value("train_acc")), (valid / 2.0, 0.875));
            assert_eq!(value("train_seconds"), f64::from(epochs) * 2.0 * (point + 1) as f64);
        }
        assert_eq!(table.fixed("params").unwrap().value(cell, 0, 0), 100.0 + cell as f64);
    }
    let metric = table.metric("cifar10", "108", "train_acc").unwrap();
    assert_eq!((metric.metric().epochs.as_slice(), metric.metric().unit.as_str()), (&[54, 108][..], "fraction"));
    assert_eq!(table.published_name(2), Some("ac9bd0e2514c031187b612db767fb038"));
    assert_eq!(table.provenance().sources[0].sha256.len(), 64);
    assert!(Look::at(&folder.path().join("some.tfrecord")).is_ok_and(|look| nasbench101::knows(&look)));
}

#[test]
fn every_flip_and_every_cut_is_an_error_with_its_byte() {
    let folder = tempfile::tempdir().unwrap();
    let file = framed(&records());
    let mut rng = stream("damage", 0);
    let refused = |bytes: &[u8], said: &str| {
        let error = import(folder.path(), bytes).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("some.tfrecord") && error.contains("byte ") && error.contains(said), "{error}");
    };
    for _ in 0..200 {
        let mut damaged = file.clone();
        let at = rng.below(file.len() as u32) as usize;
        damaged[at] ^= 1 << rng.below(8);
        refused(&damaged, "the check sum of the record's");
    }
    let whole = framed(&records()[..1]).len();
    for _ in 0..20 {
        let end = (1 + rng.below(file.len() as u32 - 1)) as usize;
        let is_boundary = (0..36).any(|count| framed(&records()[..count]).len() == end);
        if !is_boundary {
            refused(&file[..end], &format!("the file ends at byte {end}"));
        }
    }
    refused(&file[..whole + 5], &format!("within the record that begins at byte {whole}"));
    let empty = import(folder.path(), &[]).map(|_| ()).unwrap_err().to_string();
    assert!(empty.contains("the file is empty"), "{empty}");
}

#[test]
fn records_that_contradict_themselves_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = |records: &[String], said: &str| {
        let error = import(folder.path(), &framed(records)).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains("byte ") && error.contains(said), "{error}");
    };
    let good = record(1, 108, 0);
    refused(&[good.replace("b49a", "b49b")], "has hash b49ac8c578b4561d79ac7087988f1c61");
    refused(&vec![good.clone(); 4], "training 4 of cell b49ac8c578b4561d79ac7087988f1c61");
    refused(&[good.replace(",108,", ",216,")], "an evaluation is of epoch 54, expected 108");
    refused(&[good.clone(), good.replace("conv3x3", "conv1x1")], "had another matrix or other operations before");
    refused(&[good.replace("conv3x3", "conv9x9")], "no operation is called `conv9x9-bn-relu`");
    refused(&[good.replace("010001000", "010001")], "2 to 7 vertices");
    refused(&[good.replace("\\n", "!")], "no base64");
    refused(&["{}".to_owned()], "expected a JSON list");
    refused(&[good.replace("b49ac8c5", "B49AC8C5")], "32 hexadecimal digits");
}

#[test]
fn the_real_record_has_its_values() {
    let Some(file) = shared("data/fixtures/one.tfrecord") else { return };
    let folder = tempfile::tempdir().unwrap();
    let table = nasbench101::import(&[file], &folder.path().join("x.h5")).unwrap();
    assert_eq!(table.rows(), 1);
    assert_eq!(table.published_name(0), Some("00005c142e6f48ac74fdcf73e3439874"));
    assert_eq!(table.catalogue().tasks["cifar10"].keys().collect::<Vec<_>>(), ["4"]);
    let metric = |name| table.metric("cifar10", "4", name).unwrap();
    let values = [
        ("train_acc", 0.349_859_774_112_701_4),
        ("valid_acc", 0.348_958_343_267_440_8),
        ("test_acc", 0.350_460_737_943_649_3),
        ("train_seconds", 89.903_999_328_613_28),
    ];
    for (name, value) in values {
        assert_eq!(metric(name).value(0, 0, 1), value, "{name}");
        assert!(metric(name).value(0, 1, 1).is_nan() && metric(name).value(0, 2, 0).is_nan(), "{name}");
        let counted = value * 9_984.0;
        assert!(name == "train_seconds" || (counted - counted.round()).abs() < 1e-3, "{name}");
    }
    assert_eq!(table.fixed("params").unwrap().value(0, 0, 0), 8_555_530.0);
    assert!(!table.provenance().notes.iter().any(|note| note.contains("more digits")), "4 bytes hold all digits");
}

#[test]
fn the_thirty_cells_of_naslib_have_their_hashes_and_values() {
    let Some(file) = shared("data/fixtures/nb101_dummy.pkl") else { return };
    let folder = tempfile::tempdir().unwrap();
    assert!(naslib::knows(&Look::at(&file).unwrap()));
    let table = naslib::import(&[PathBuf::from(&file)], &folder.path().join("x.h5")).unwrap();
    assert_eq!((table.rows(), table.verify().unwrap()), (30, vec![]));
    assert_eq!(table.catalogue().tasks["cifar10"].keys().collect::<Vec<_>>(), ["108"]);
    let (test, params) = (table.metric("cifar10", "108", "test_acc").unwrap(), table.fixed("params").unwrap());
    for row in 0..30 {
        assert_eq!(Cell101::module_hash(table.arch(row)).as_deref(), table.published_name(row));
        for counted in (0..3).map(|replicate| test.value(row, replicate, 1) * 9_984.0) {
            assert!((counted - counted.round()).abs() < 1e-3, "row {row}: {counted} images");
        }
    }
    let Some(all) = &*CELLS else { return };
    for row in 0..30 {
        let same = all.row(table.arch(row)).unwrap();
        assert_eq!(all.fixed("params").unwrap().value(same, 0, 0), params.value(row, 0, 0));
        let published = all.metric("cifar10", "108", "test_acc").unwrap().value(same, 0, 0);
        assert!((test.mean(row, 1).unwrap() - published).abs() < 1e-7, "row {row}");
    }
}
