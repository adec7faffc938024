//! Files that are read whole, up to a limit.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context, bail};

/// Reads a file, or standard input for `-`. One that has more than `bytes_max` is refused: the rest of it is not left out
/// in silence.
pub(super) fn limited(file: &Path, bytes_max: u64) -> anyhow::Result<String> {
    if file == Path::new("-") {
        return whole(io::stdin().lock(), "standard input", bytes_max);
    }
    let name = file.display().to_string();
    let open = File::open(file).with_context(|| format!("reading {name}"))?;
    whole(open, &name, bytes_max)
}

fn whole(from: impl Read, name: &str, bytes_max: u64) -> anyhow::Result<String> {
    let mut bytes = Vec::new();
    // One byte more tells a file of the limit from a longer one.
    from.take(bytes_max + 1).read_to_end(&mut bytes).with_context(|| format!("reading {name}"))?;
    if bytes.len() as u64 > bytes_max {
        bail!("{name} has more than {bytes_max} bytes");
    }
    let text = String::from_utf8(bytes).with_context(|| format!("{name} is not UTF-8"))?;
    // The mark with which some editors begin a file is no part of its first line.
    Ok(match text.strip_prefix('\u{feff}') {
        Some(rest) => rest.to_owned(),
        None => text,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_refused_and_not_cut() {
        assert_eq!(whole(&b"abc"[..], "f", 3).unwrap(), "abc");
        let error = |text: &[u8]| whole(text, "f", 3).unwrap_err().to_string();
        assert_eq!(error(b"abcd"), "f has more than 3 bytes");
        assert_eq!(error(b"\xff"), "f is not UTF-8");
    }

    #[test]
    fn the_mark_at_the_beginning_of_a_file_is_no_text() {
        let read = |text: &str| whole(text.as_bytes(), "f", 100).unwrap();
        assert_eq!(read("\u{feff}# m h\n"), "# m h\n");
        assert_eq!(read("a\u{feff}"), "a\u{feff}");
    }
}
