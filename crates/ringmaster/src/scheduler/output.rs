//! Tables on the terminal, and answers for programs.

use std::io::{self, Write as _};

use anstyle::{AnsiColor, Style};
use scheduler_api::Done;
use serde::Serialize;

/// How answers are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Output {
    /// For people
    Table,
    /// For programs
    Json,
    /// Names or nothing: for scripts
    Quiet,
}

/// A table: its columns are as wide as what is in them.
pub(crate) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<String>>,
    /// The column that is coloured by the status in it.
    status: Option<usize>,
}

impl Table {
    pub(crate) fn new(head: &[&'static str]) -> Self {
        let status = head.iter().position(|name| *name == "STATUS");
        Self { head: head.to_vec(), rows: Vec::new(), status }
    }

    pub(crate) fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().map(|cell| core_kit::text::visible(&cell)).collect());
    }

    /// Prints it; `empty` is said where it has no rows.
    pub(crate) fn print(&self, empty: &str) -> anyhow::Result<()> {
        if self.rows.is_empty() {
            return print_line(empty);
        }
        let mut out = anstream::stdout().lock();
        done(self.write(&mut out))
    }

    fn write(&self, out: &mut impl io::Write) -> io::Result<()> {
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let cells = cells.map(|cell| cell.chars().count());
            cells.chain([self.head[column].chars().count()]).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..self.head.len()).map(width).collect();
        let head: Vec<String> = self.head.iter().map(|name| (*name).to_owned()).collect();
        let bold = Style::new().bold();
        line(out, &head, &widths, |_, _| bold)?;
        for row in &self.rows {
            line(out, row, &widths, |column, cell| {
                if Some(column) == self.status { style(cell) } else { Style::new() }
            })?;
        }
        Ok(())
    }
}

fn line(
    out: &mut impl io::Write,
    cells: &[String],
    widths: &[usize],
    style: impl Fn(usize, &str) -> Style,
) -> io::Result<()> {
    let last = cells.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
    for (column, cell) in cells.iter().enumerate().take(last + 1) {
        let style = style(column, cell);
        write!(out, "{style}{cell}{style:#}")?;
        if column < last {
            let room = widths[column].saturating_sub(cell.chars().count()) + 2;
            write!(out, "{:room$}", "")?;
        }
    }
    writeln!(out)
}

/// The colour of a status: what needs somebody is red, what runs is green.
pub(crate) fn style(status: &str) -> Style {
    let colour = match status {
        _ if status.contains("Failed")
            || status.contains("Error")
            || status.contains("Missed")
            || status == "faulty" =>
        {
            AnsiColor::Red
        }
        _ if status.starts_with("Finished OK")
            || status == "Completed"
            || status == "communicating"
            || status == "ready" =>
        {
            return Style::new().dimmed();
        }
        _ if status.contains("Running") || status == "In Process" => AnsiColor::Green,
        _ if status.contains("Hold") || status == "not responding" => AnsiColor::Yellow,
        _ => return Style::new(),
    };
    Style::new().fg_color(Some(colour.into()))
}

/// Prints a line.
pub(crate) fn print_line(text: &str) -> anyhow::Result<()> {
    done(writeln!(anstream::stdout().lock(), "{}", core_kit::text::visible(text)))
}

/// Prints an answer: as JSON, or as `table` and `quiet` do it.
pub(crate) fn answer<T: Serialize>(
    output: Output,
    value: &T,
    table: impl FnOnce(&T) -> anyhow::Result<()>,
    quiet: impl FnOnce(&T) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    match output {
        Output::Json => crate::texts::print_json(value),
        Output::Table => table(value),
        Output::Quiet => quiet(value),
    }
}

/// Prints what was done, and what is to be known of it: for people on standard error.
pub(crate) fn say_done(
    output: Output,
    value: &Done,
    table: impl FnOnce(&Done) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    answer(output, value, table, |_| Ok(()))?;
    if let (Output::Table, Some(note)) = (output, &value.note) {
        anstream::eprintln!("{}", core_kit::text::visible(note));
    }
    Ok(())
}

/// Who has closed standard output has seen enough.
pub(crate) fn done(written: io::Result<()>) -> anyhow::Result<()> {
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_what_is_in_them_and_nothing_follows_the_last_cell() {
        let mut table = Table::new(&["JOB", "STATUS", "WHY"]);
        table.row(["Load".to_owned(), "Wait Start Time".to_owned(), String::new()]);
        table.row(["A very long job".to_owned(), "On Hold".to_owned(), "x".to_owned()]);
        let mut out = Vec::new();
        table.write(&mut out).unwrap();
        let text = anstream::adapter::strip_bytes(&out).into_vec();
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "JOB              STATUS           WHY\n\
             Load             Wait Start Time\n\
             A very long job  On Hold          x\n"
        );
    }
}
