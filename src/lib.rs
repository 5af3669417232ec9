#![doc = include_str!("../README.md")]

pub mod analysis;
pub mod base;
pub mod benchmark;
pub mod cli;
pub mod experiment;
pub mod figure;
pub mod import;
pub mod report;
pub mod space;
pub mod stats;
pub mod strategy;
pub mod table;
pub mod trainer;
