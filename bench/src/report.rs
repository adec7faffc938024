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
    verdict: &'static str,
    note: String,
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
    /// Sizes, durability and spread in a few words, for the table.
    pub(crate) note: String,
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
    /// Nothing: the figure is for comparison.
    None,
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
        let Figure { what, value, unit, bar, note, details } = figure;
        let (bar, is_met) = match bar {
            Bar::Above(bar) => (Some(format!("> {bar} {unit}")), Some(value > bar)),
            Bar::Below(bar) => (Some(format!("< {bar} {unit}")), Some(value < bar)),
            Bar::None => (None, None),
        };
        let line = json!({
            "what": what, "value": value, "unit": unit, "bar": bar, "is_met": is_met,
            "details": details, "machine": self.machine,
        });
        println!("{line}");
        let verdict = match is_met {
            Some(true) => "met",
            Some(false) => "MISSED",
            None => "",
        };
        let (figure, bar) = (format!("{value:.2} {unit}"), bar.unwrap_or_default());
        self.rows.push(Row { what: what.to_owned(), figure, bar, verdict, note });
    }

    /// Notes that there is no comparison with a peer, and why.
    pub(crate) fn skip(&mut self, peer: &str, reason: &str) {
        let what = format!("ratio to {peer}");
        println!("{}", json!({"what": what, "skipped": reason, "machine": self.machine}));
        eprintln!("{peer} is left out: {reason}");
        // The whole reason may have many lines; the table has room for one.
        let note = reason.lines().next().unwrap_or_default().to_owned();
        let figure = "left out".to_owned();
        self.rows.push(Row { what, figure, bar: String::new(), verdict: "", note });
    }

    /// Prints the table for people.
    pub(crate) fn print_table(&self) {
        let width =
            |of: fn(&Row) -> &str| self.rows.iter().map(|row| of(row).len()).max().unwrap_or(0);
        let (what, figure, bar) =
            (width(|row| &row.what), width(|row| &row.figure), width(|row| &row.bar));
        eprintln!();
        for Row { what: name, figure: value, bar: limit, verdict, note } in &self.rows {
            let line =
                format!("{name:<what$}  {value:>figure$}  {limit:<bar$}  {verdict:<6}  {note}");
            eprintln!("{}", line.trim_end());
        }
    }

    /// Prints the table as Markdown, for `bench/RESULTS.md`.
    pub(crate) fn print_markdown(&self) {
        eprintln!("\n{}\n\n| what | figure | bar | | how |\n|---|---:|---|---|---|", self.machine);
        for Row { what, figure, bar, verdict, note } in &self.rows {
            let cells = [what, figure, bar, *verdict, note].map(|cell| cell.replace('|', "\\|"));
            eprintln!("| {} |", cells.join(" | "));
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

    /// The middle of the sample, or of its two middle values.
    pub(crate) fn median(&self) -> f64 {
        let middle = self.sorted.len() / 2;
        if self.sorted.len() % 2 == 1 {
            return self.sorted[middle];
        }
        match self.sorted.get(middle.wrapping_sub(1)..=middle) {
            Some(&[lower, upper]) => f64::midpoint(lower, upper),
            _ => f64::NAN,
        }
    }

    /// The smallest value.
    pub(crate) fn least(&self) -> f64 {
        self.sorted.first().copied().unwrap_or(f64::NAN)
    }

    /// The largest value.
    pub(crate) fn most(&self) -> f64 {
        self.sorted.last().copied().unwrap_or(f64::NAN)
    }

    /// Size and extremes in words, with so many decimals.
    pub(crate) fn words(&self, decimals: usize) -> String {
        let (least, most) = (self.least(), self.most());
        match self.sorted.len() {
            1 => "1 run".to_owned(),
            runs => format!("{runs} runs, {least:.decimals$} to {most:.decimals$}"),
        }
    }

    /// Smallest, middle, 99th and largest, as JSON.
    pub(crate) fn json(&self) -> serde_json::Value {
        json!({
            "n": self.sorted.len(), "min": self.least(), "p50": self.percentile(50),
            "p99": self.percentile(99), "max": self.most(), "median": self.median(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn median_of_an_odd_sample_is_its_middle_value() {
        assert_eq!(Spread::new(vec![9.0, 1.0, 3.0]).median().to_string(), "3");
    }

    #[test]
    fn median_of_an_even_sample_lies_between_its_two_middle_values() {
        assert_eq!(Spread::new(vec![1.0, 10.0, 2.0, 4.0]).median().to_string(), "3");
    }

    #[test]
    fn nothing_has_no_median() {
        assert!(Spread::new(Vec::new()).median().is_nan());
    }
}
