//! Texts of a table in the words of definitions: commands without tokens, names after programs.

/// The text so that it means itself: definitions take `[[` and `{{` for the beginning of a token, and bash has
/// commands of that name. An expression that adds the signs up is their only other spelling.
pub(super) fn without_tokens(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['[', '{']) {
        let run =
            rest[start..].find(|sign| !matches!(sign, '[' | '{')).unwrap_or(rest.len() - start);
        let (before, from) = rest.split_at(start);
        let (signs, after) = from.split_at(run);
        made.push_str(before);
        // The whole run, so that no sign stands directly before the token.
        if signs.contains("[[") || signs.contains("{{") {
            let quoted: Vec<String> = signs.chars().map(|sign| format!("\"{sign}\"")).collect();
            made.push_str(&format!("[[={}]]", quoted.join(" + ")));
        } else {
            made.push_str(signs);
        }
        rest = after;
    }
    made.push_str(rest);
    made
}

/// An argument of a command line of the shell.
pub(super) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// Commands that only prepare what follows them.
const PREPARING: [&str; 14] = [
    "[", "[[", "test", "cd", "export", "umask", "sleep", "set", "source", ".", "true", "if",
    "ulimit", "pushd",
];
/// Programs that start the one behind them.
const STARTING: [&str; 12] = [
    "exec", "env", "nice", "ionice", "nohup", "sudo", "time", "chronic", "command", "then", "else",
    "setsid",
];

/// The program that a command is about, without its folder and its extension: `backup` of
/// `cd /srv && nice /opt/backup.sh --all`.
pub(super) fn program(command: &str) -> &str {
    let parts = || {
        command
            .split([';', '&', '|', '(', ')', '{', '}', '\n'])
            .filter_map(|part| part.split_whitespace().find(|word| is_program(word)))
    };
    let word = parts().find(|word| !PREPARING.contains(word)).or_else(|| parts().next());
    let word = word.unwrap_or("job").trim_matches(['"', '\'']);
    let base = word.rsplit('/').next().unwrap_or(word);
    match base.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => base,
    }
}

/// Neither a variable that is set for the command, nor an option of what starts the command.
fn is_program(word: &str) -> bool {
    !word.contains('=') && !word.starts_with('-') && !STARTING.contains(&word) && word != "!"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_named_after_the_program_that_does_the_work() {
        let cases = [
            ("/usr/bin/load --all", "load"),
            ("cd / && run-parts --report /etc/cron.hourly", "run-parts"),
            (
                "test -x /usr/sbin/anacron || { cd / && run-parts --report /etc/cron.daily; }",
                "run-parts",
            ),
            ("[ -x /usr/lib/php/sessionclean ] && /usr/lib/php/sessionclean", "sessionclean"),
            ("LANG=C nice -n /opt/backup.sh > /dev/null 2>&1", "backup"),
            ("exec \"/opt/my job.sh\"", "my"),
            ("cd /tmp", "cd"),
            (". /etc/profile; python3 /opt/x.py", "python3"),
            ("{ ; }", "job"),
            (".hidden", ".hidden"),
        ];
        for (command, expected) in cases {
            assert_eq!(program(command), expected, "{command}");
        }
    }
}
