//! The protocol of NATS-Bench on the real table gives the published figures.

mod common;

use common::{shared, stdout_of};

/// Final means and standard deviations of validation and test accuracy by an independent simulation of 20,000 runs (tournament
/// with replacement). The paper prints 91.07 / 93.86 and 91.25 / 94.02 for CIFAR-10 (Dong et al., TPAMI 2021, table 4).
const EXPECTED: [(&str, &str, [f64; 4]); 6] = [
    ("cifar10", "random-search@nats-bench", [91.08, 0.26, 93.87, 0.24]),
    ("cifar100", "random-search@nats-bench", [71.46, 0.97, 71.56, 0.96]),
    ("imagenet16-120", "random-search@nats-bench", [45.02, 0.90, 45.25, 0.96]),
    ("cifar10", "regularized-evolution@nats-bench", [91.33, 0.25, 94.09, 0.28]),
    ("cifar100", "regularized-evolution@nats-bench", [72.38, 0.89, 72.33, 0.81]),
    ("imagenet16-120", "regularized-evolution@nats-bench", [45.79, 0.71, 45.86, 0.77]),
];

#[test]
fn the_protocol_of_nats_bench_gives_its_figures() {
    let Some(source) = shared("data/nasbench201.csv.gz") else { return };
    let folder = tempfile::tempdir().unwrap();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mapping = root.join("tests/mappings/nasbench201-csv.toml");
    std::fs::copy(root.join("data/experiments/nats-bench-tss.toml"), folder.path().join("nats.toml")).unwrap();
    let arguments =
        ["import", "csv", "--mapping", mapping.to_str().unwrap(), source.to_str().unwrap(), "-o", "nasbench201-csv.h5"];
    stdout_of(folder.path(), &arguments);
    stdout_of(folder.path(), &["run", "nats.toml", "--out", "out"]);
    let shown: serde_json::Value = serde_json::from_str(&stdout_of(folder.path(), &["show", "out", "--json"])).unwrap();
    for (benchmark, strategy, [valid, valid_sd, test, test_sd]) in EXPECTED {
        let line = shown
            .as_array()
            .unwrap()
            .iter()
            .find(|line| line["benchmark"] == benchmark && line["strategy"] == strategy)
            .unwrap();
        assert_eq!(line["runs"], 500);
        for (metric, mean, sd) in [("valid", valid, valid_sd), ("test", test, test_sd)] {
            let found = line[metric]["mean"].as_f64().unwrap();
            let errors = (found - mean).abs() / (sd / 500f64.sqrt());
            assert!(
                errors < 3.5,
                "{strategy} on {benchmark}: {metric} {found}, expected {mean}: {errors:.1} standard errors"
            );
        }
    }
    stdout_of(folder.path(), &["figure", "regret", "out", "--over", "seconds", "--by", "test", "-o", "x.svg"]);
}
