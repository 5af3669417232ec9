#![doc = include_str!("../README.md")]

pub mod base;
pub mod benchmark;
pub mod experiment;
pub mod figure;
pub mod import;
pub mod space;
pub mod strategy;
pub mod table;
