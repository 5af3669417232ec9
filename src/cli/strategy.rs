//! `nasreplay strategy`.

use clap::Subcommand;
use serde_json::json;

use super::{Answer, output};
use crate::strategy::{KINDS, Kind, Preset, find_kind, find_preset};

/// Describes strategies and their published settings.
#[derive(Debug, Subcommand)]
pub enum StrategyCommand {
    /// Lists the strategies and their presets
    List {
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
    /// Prints a strategy's or preset's settings, source and deviations
    Info {
        /// The strategy or preset
        name: String,
        /// Prints JSON
        #[arg(long)]
        json: bool,
    },
}

impl StrategyCommand {
    pub(super) fn run(self) -> Answer {
        match self {
            Self::List { json: true } => output::print_json(&KINDS.iter().map(describe).collect::<Vec<_>>())?,
            Self::List { json: false } => output::print(&list())?,
            Self::Info { name, json } if name.contains('@') => {
                let preset = find_preset(&name)?;
                if json { output::print_json(&describe_preset(preset))? } else { output::print(&preset_text(preset))? }
            }
            Self::Info { name, json } => {
                let kind = find_kind(&name)?;
                if json { output::print_json(&describe(kind))? } else { output::print(&kind_text(kind))? }
            }
        }
        Ok(true)
    }
}

fn describe(kind: &Kind) -> serde_json::Value {
    let presets: Vec<_> = kind.presets.iter().map(describe_preset).collect();
    json!({ "name": kind.name, "summary": kind.summary, "source": kind.source, "defaults": (kind.defaults)(), "presets": presets })
}

fn describe_preset(preset: &Preset) -> serde_json::Value {
    json!({ "name": preset.name, "settings": (preset.settings)(), "source": preset.source, "deviations": preset.notes })
}

fn list() -> String {
    let kind = |kind: &Kind| {
        let presets: String = kind.presets.iter().map(|preset| format!("  {}\n", preset.name)).collect();
        format!("{}: {}\n{presets}", kind.name, kind.summary)
    };
    KINDS.iter().map(kind).collect()
}

fn kind_text(kind: &Kind) -> String {
    let presets: String = kind.presets.iter().map(|preset| format!("\n{}", preset_text(preset))).collect();
    format!(
        "{}: {}\n  source: {}\n  defaults:\n{}{presets}",
        kind.name,
        kind.summary,
        kind.source,
        settings((kind.defaults)())
    )
}

fn preset_text(preset: &Preset) -> String {
    let head = format!("{}\n  source: {}\n  deviations: {}\n", preset.name, preset.source, preset.notes);
    format!("{head}  settings:\n{}", settings((preset.settings)()))
}

fn settings(settings: crate::strategy::Settings) -> String {
    let text = toml::to_string(&settings).unwrap_or_default(); // flat numbers and names are always TOML
    text.lines().map(|line| format!("    {line}\n")).collect()
}
