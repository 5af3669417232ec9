//! What a mapping must not say.

use super::{Mapping, MetricMap, Names, StaticMap};
use crate::space::SpaceSpec;

impl Mapping {
    /// Which rule of the language is broken, if one is.
    pub(super) fn broken_rule(&self) -> Option<String> {
        if self.metric.is_empty() && self.fixed.is_empty() {
            return Some("declares no metric; add `[[metric]]` or `[[static]]`".into());
        }
        if self.delimiter.is_some_and(|letter| !letter.is_ascii() || letter == '"') {
            return Some("`delimiter` must be one ASCII character other than a quotation mark".into());
        }
        if !self.shared.schedule.is_empty() && !self.shared.schedules.is_empty() {
            return Some("`shared` has both `schedule` and `schedules`: one says it".into());
        }
        self.broken_line()
            .or_else(|| self.metric.iter().find_map(|metric| self.broken_metric(metric)))
            .or_else(|| self.fixed.iter().find_map(broken_static))
    }

    fn broken_line(&self) -> Option<String> {
        let (line, is_list) = (&self.line, matches!(self.space, SpaceSpec::Listed { .. }));
        let by_choices = line.choices.as_ref().is_some_and(|columns| !columns.is_empty());
        let ways = [line.arch.is_some(), by_choices, line.cell101.is_some()];
        if let (Some(columns), SpaceSpec::Choices { choice, .. }) = (&line.choices, &self.space)
            && columns.len() != choice.len()
        {
            let (columns, choices) = (columns.len(), choice.len());
            return Some(format!(
                "`line.choices` names {columns} columns for a space of {choices} choices: each has one"
            ));
        }
        let broken = if ways.iter().filter(|way| **way).count() != 1 {
            "`line` needs either `arch` (the column with the name), `choices` (a column for each choice) or `cell101`"
        } else if line.cell101.is_some() && self.space != SpaceSpec::Cell101 {
            "`line.cell101` needs the space `cell101`"
        } else if line.cell101.is_some() && !line.aliases.is_empty() {
            "`line.aliases` is for the cells of `arch` and `choices`"
        } else if line.choices.is_some() && !matches!(self.space, SpaceSpec::Choices { .. }) {
            "`line.choices` needs a space of kind `choices`"
        } else if line.features.as_ref().is_some_and(|columns| !is_list || columns.is_empty()) {
            "`line.features` needs a space of kind `listed`, and at least one column"
        } else if line.name.is_some() && is_list {
            "`line.name` is for spaces whose architectures have names of their own; in a space `listed`, `line.arch` is the name"
        } else {
            return None;
        };
        Some(broken.into())
    }

    fn broken_metric(&self, metric: &MetricMap) -> Option<String> {
        let name = &metric.name;
        let schedules = metric.schedules.len() + usize::from(!metric.schedule.is_empty());
        if metric.tasks.is_empty() || schedules == 0 || metric.epochs.is_empty() {
            return Some(format!("metric `{name}` needs `tasks`, `schedule` and `epochs`, there or in `[shared]`"));
        }
        if !metric.schedule.is_empty() && !metric.schedules.is_empty() {
            return Some(format!("metric `{name}` has both `schedule` and `schedules`: one says it"));
        }
        let twice = metric.schedules.iter().enumerate().find(|(place, one)| metric.schedules[..*place].contains(one));
        if let Some((_, twice)) = twice {
            return Some(format!("metric `{name}` has schedule `{twice}` twice"));
        }
        if metric.ragged && !metric.curve {
            return Some(format!("metric `{name}`: `ragged` is for lists of values: say `curve = true`, too"));
        }
        if metric.curve && (self.line.epoch.is_some() || metric.column.contains("{epoch}")) {
            return Some(format!(
                "metric `{name}`: with `curve` a cell holds all epochs; leave `line.epoch` and {{epoch}} out"
            ));
        }
        let axes = [
            ("{task}", "task", metric.tasks.len(), self.line.task.is_some()),
            ("{schedule}", "schedule", schedules, self.line.schedule.is_some()),
            ("{replicate}", "replicate", metric.replicates.len(), self.line.replicate.is_some()),
            ("{epoch}", "epoch", metric.epochs.len(), self.line.epoch.is_some() || metric.curve),
        ];
        for (mark, axis, count, has_column) in axes {
            if count > 1 && !has_column && !metric.column.contains(mark) {
                return Some(format!(
                    "metric `{name}` has {count} {axis}s but one column: write {mark} into `column`, or name `line.{axis}`"
                ));
            }
        }
        broken_scale(name, metric.scale, metric.derived.as_deref())
    }
}

fn broken_static(fixed: &StaticMap) -> Option<String> {
    let name = &fixed.name;
    let marked = [name, &fixed.column].map(|text| text.contains("{name}"));
    match &fixed.names {
        None if marked != [false; 2] => {
            return Some(format!("static `{name}`: `{{name}}` stands for one of `names`, which are not given"));
        }
        Some(_) if marked != [true; 2] => {
            return Some(format!("static `{name}` has `names`: write {{name}} into `name` and `column`"));
        }
        Some(Names::Fitting(text)) if text != "*" => {
            return Some(format!(
                "static `{name}`: `names` is `{text}`, expected a list of names, or \"*\" for all columns that fit"
            ));
        }
        _ => {}
    }
    for (mark, axis, count) in
        [("{replicate}", "replicate", fixed.replicates.len()), ("{epoch}", "epoch", fixed.epochs.len())]
    {
        if count != 1 && !fixed.column.contains(mark) {
            return Some(format!("static `{name}` has {count} {axis}s but one column: write {mark} into `column`"));
        }
    }
    broken_scale(name, fixed.scale, fixed.derived.as_deref())
}

fn broken_scale(name: &str, scale: f64, derived: Option<&str>) -> Option<String> {
    if !scale.is_finite() || scale == 0.0 {
        return Some(format!("metric `{name}`: `scale` is {scale}, expected a finite number other than 0"));
    }
    (scale != 1.0 && derived.is_none())
        .then(|| format!("metric `{name}` has a `scale`: say in `derived` how and from what"))
}
