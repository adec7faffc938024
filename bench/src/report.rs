//! Figures: one line of JSON each, and a table at the end.

use serde_json::json;

use crate::machine;

/// The figures of one run of the harness.
pub(crate) struct Report {
    machine: String,
    rows: Vec<Row>,
}

struct Row {
    what: String,
    figure: String,
    bar: String,
    is_met: bool,
}

/// A figure and the bar it is held against.
pub(crate) struct Figure<'a> {
    /// What was measured, with its sizes.
    pub(crate) what: &'a str,
    /// The value.
    pub(crate) value: f64,
    /// Its unit.
    pub(crate) unit: &'a str,
    /// What the value must be: at least or at most so much.
    pub(crate) bar: Bar,
    /// Sizes, durability and spread, as JSON.
    pub(crate) details: serde_json::Value,
}

/// A bar.
#[derive(Clone, Copy)]
pub(crate) enum Bar {
    /// More than this.
    Above(f64),
    /// Less than this.
    Below(f64),
}

impl Report {
    /// A report on this machine.
    pub(crate) fn new() -> Self {
        let machine = machine::describe();
        eprintln!("{machine}");
        Self { machine, rows: Vec::new() }
    }

    /// Adds a figure and prints its line.
    pub(crate) fn add(&mut self, figure: Figure<'_>) {
        let Figure { what, value, unit, bar, details } = figure;
        let (bar, is_met) = match bar {
            Bar::Above(bar) => (format!("> {bar} {unit}"), value > bar),
            Bar::Below(bar) => (format!("< {bar} {unit}"), value < bar),
        };
        let line = json!({
            "what": what, "value": value, "unit": unit, "bar": bar, "is_met": is_met,
            "details": details, "machine": self.machine,
        });
        println!("{line}");
        self.rows.push(Row {
            what: what.to_owned(),
            figure: format!("{value:.2} {unit}"),
            bar,
            is_met,
        });
    }

    /// Prints the table for people.
    pub(crate) fn print_table(&self) {
        let width =
            |of: fn(&Row) -> &str| self.rows.iter().map(|row| of(row).len()).max().unwrap_or(0);
        let (what, figure, bar) =
            (width(|row| &row.what), width(|row| &row.figure), width(|row| &row.bar));
        eprintln!();
        for row in &self.rows {
            let verdict = if row.is_met { "met" } else { "MISSED" };
            eprintln!("{:<what$}  {:>figure$}  {:<bar$}  {verdict}", row.what, row.figure, row.bar);
        }
    }
}

/// Percentiles of a sample.
pub(crate) struct Spread {
    sorted: Vec<f64>,
}

impl Spread {
    /// Of these values.
    pub(crate) fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self { sorted: values }
    }

    /// The value below which so many per cent of the sample are.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let index = (self.sorted.len() * percent / 100).min(self.sorted.len().saturating_sub(1));
        self.sorted.get(index).copied().unwrap_or(f64::NAN)
    }

    /// Smallest, middle, 99th and largest, as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        json!({
            "n": self.sorted.len(), "min": self.percentile(0), "p50": self.percentile(50),
            "p99": self.percentile(99), "max": self.sorted.last(),
        })
    }
}
