//! Texts that look like job logs, and are the same in every process.

/// `bytes` bytes, a little fewer at the end of a character: lines with numbers, and characters of one to four bytes.
pub(crate) fn text(seed: u64, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 80);
    let mut state = seed.wrapping_add(1);
    while text.len() < bytes {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let number = state >> 33;
        let word = ["gelesen", "übertragen", "écrit", "完了", "🙂 done"]
            [usize::try_from(number % 5).unwrap_or(0)];
        text.push_str(&format!("{number:>10} Zeile {} {word}\n", text.len()));
    }
    text.truncate(text.floor_char_boundary(bytes));
    text
}
