//! The lines of a file, found once.

use std::sync::OnceLock;

/// Where the lines of one file begin, as YAML counts them: a carriage return alone ends one too.
#[derive(Debug, Default)]
pub(crate) struct Lines {
    /// The ranges of bytes, without the ends of the lines. Made when a line is asked for.
    ranges: OnceLock<Vec<(usize, usize)>>,
}

impl Lines {
    /// A line of the file, from 1.
    pub(crate) fn get<'t>(&self, text: &'t str, number: u32) -> Option<&'t str> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        let (start, end) = *self.ranges(text).get(index)?;
        text.get(start..end)
    }

    /// The last line, and its number.
    pub(crate) fn last<'t>(&self, text: &'t str) -> (u32, &'t str) {
        let number = u32::try_from(self.ranges(text).len()).unwrap_or(u32::MAX);
        (number, self.get(text, number).unwrap_or_default())
    }

    fn ranges(&self, text: &str) -> &[(usize, usize)] {
        self.ranges.get_or_init(|| {
            let (bytes, mut start) = (text.as_bytes(), 0);
            let mut ranges = Vec::new();
            for (at, byte) in bytes.iter().enumerate() {
                match byte {
                    // The second half of an end of two characters.
                    b'\n' if at > 0 && bytes[at - 1] == b'\r' => start = at + 1,
                    b'\n' | b'\r' => {
                        ranges.push((start, at));
                        start = at + 1;
                    }
                    _ => {}
                }
            }
            ranges.push((start, text.len()));
            ranges
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_end_of_a_line_counts_once() {
        let text = "a\nb\r\nc\rd\r\r\n\n\re";
        let lines = Lines::default();
        let found: Vec<&str> = (1..).map_while(|number| lines.get(text, number)).collect();
        assert_eq!(found, ["a", "b", "c", "d", "", "", "", "e"]);
        assert_eq!(lines.last(text), (8, "e"));
        assert_eq!(lines.get(text, 0), None);
        assert_eq!(Lines::default().last(""), (1, ""));
        assert_eq!(Lines::default().last("a\n"), (2, ""));
    }

    #[test]
    fn a_file_is_split_once_for_all_its_mistakes() {
        let lines = Lines::default();
        assert_eq!(lines.get("a\nb", 2), Some("b"));
        // Were it split anew, the other text would be.
        assert_eq!(lines.get("1234567", 2), Some("3"));
    }
}
