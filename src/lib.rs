#![doc = include_str!("../README.md")]

pub mod base;
pub mod import;
pub mod space;
pub mod table;
