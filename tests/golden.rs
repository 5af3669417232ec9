//! What must not change by accident: trajectories and figures, byte for byte. A wanted change is accepted by
//! `UPDATE_GOLDEN=1 cargo test --test golden`; a changed trajectory also raises `RULES_VERSION`.

mod common;

use std::fs;
use std::path::Path;

use common::stdout_of;
use nasreplay::base::Digest;

/// Compares with a stored file, or stores it.
#[track_caller]
fn golden(name: &str, actual: &[u8]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, actual).unwrap();
    }
    if fs::read(&path).ok().as_deref() != Some(actual) {
        let live = std::env::temp_dir().join(name);
        fs::write(&live, actual).unwrap();
        panic!("{name} changed\n  golden {}\n  live   {}", path.display(), live.display());
    }
}

const EXPERIMENT: &str = r#"
name = "golden"
seed = 3
runs = 24

[budget]
trials = 60

[[benchmark]]
name = "cifar10"
title = "CIFAR-10"
table = "nasbench201"
task = "cifar10"

[[strategy]]
title = "Random search"
kind = "random-search"

[[strategy]]
title = "Regularized evolution"
preset = "regularized-evolution@nats-bench"

[[strategy]]
title = "Evolution as in the notebook"
preset = "regularized-evolution@nasbench"

[[strategy]]
title = "Local search"
preset = "local-search@naszilla"

[[strategy]]
title = "Local search as in NASLib"
preset = "local-search@naslib"
"#;

#[test]
fn trajectories_and_figures_are_what_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    fs::write(here.join("e.toml"), EXPERIMENT).unwrap();
    stdout_of(here, &["run", "e.toml", "--out", "out"]);
    let shown: serde_json::Value = serde_json::from_str(&stdout_of(here, &["show", "out", "--json"])).unwrap();
    let digest = |line: &serde_json::Value| {
        format!("{} {}\n", line["digest"].as_str().unwrap(), line["strategy"].as_str().unwrap())
    };
    let digests: String = shown.as_array().unwrap().iter().map(digest).collect();
    golden("digests.txt", digests.as_bytes());
    golden("manifest.json", &fs::read(here.join("out/manifest.json")).unwrap());
    golden("show.txt", stdout_of(here, &["show", "out"]).as_bytes());
    stdout_of(here, &["figure", "regret", "out", "--over", "seconds", "-o", "regret.svg"]);
    golden("regret.svg", &fs::read(here.join("regret.svg")).unwrap());
    stdout_of(here, &["figure", "regret", "out", "--over", "seconds", "-o", "regret.png", "--replace"]);
    let png = Digest::of(&fs::read(here.join("regret.png")).unwrap());
    golden("regret.png.digest", format!("{png}\n").as_bytes());
}
