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

/// Whether a comment is the heading over the columns of a table: `m h dom mon dow command`, with or without stars.
pub(super) fn is_heading(comment: &str) -> bool {
    const COLUMNS: [&[&str]; 5] = [
        &["m", "mm", "min", "mins", "minute", "minutes"],
        &["h", "hh", "hr", "hour", "hours"],
        &["dom", "d", "day", "days", "mday", "day-of-month"],
        &["mon", "m", "mo", "month", "months"],
        &["dow", "w", "wday", "weekday", "day-of-week"],
    ];
    let lower = comment.to_lowercase();
    let mut words = lower.split_whitespace();
    let are_columns = COLUMNS.iter().all(|names| {
        words.next().is_some_and(|word| names.contains(&word.trim_matches(['(', ')', ','])))
    });
    // `* * * * * user-name command to be executed`, below lines that lead to each star.
    let mut words = lower.split_whitespace().skip_while(|word| *word == "*");
    let stars = lower.split_whitespace().take_while(|word| *word == "*").count();
    are_columns
        || stars == 5 && matches!(words.next(), Some("user" | "user-name" | "username" | "command"))
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

/// A program that starts the one behind it.
struct Starter {
    name: &'static str,
    /// Its options that have a value of their own.
    with_value: &'static [&'static str],
    /// How many words come between the options and the other program.
    words: usize,
}

const fn starter(name: &'static str, with_value: &'static [&'static str], words: usize) -> Starter {
    Starter { name, with_value, words }
}

const STARTING: [Starter; 22] = [
    starter("exec", &["-a"], 0),
    starter("env", &["-u", "-C"], 0),
    starter("nice", &["-n"], 0),
    starter("ionice", &["-c", "-n"], 0),
    starter("chrt", &[], 1),
    starter("taskset", &[], 1),
    starter("nohup", &[], 0),
    starter("sudo", &["-u", "-g", "-h", "-p"], 0),
    starter("su", &[], 1),
    starter("time", &["-f", "-o"], 0),
    starter("timeout", &["-s", "-k"], 1),
    starter("flock", &["-w", "-E"], 1),
    starter("chronic", &[], 0),
    starter("command", &[], 0),
    starter("then", &[], 0),
    starter("else", &[], 0),
    starter("setsid", &[], 0),
    starter("sh", &[], 0),
    starter("bash", &["-O"], 0),
    starter("dash", &[], 0),
    starter("ksh", &[], 0),
    starter("zsh", &[], 0),
];

/// Programs that run the script behind them, without the number of their version.
const INTERPRETERS: [&str; 6] = ["python", "perl", "php", "ruby", "node", "java"];

/// The program that a command is about, without its folder and its extension: `backup` of
/// `cd /srv && nice /opt/backup.sh --all`.
pub(super) fn program(command: &str) -> &str {
    let parts = || {
        command.split([';', '&', '|', '(', ')', '{', '}', '\n']).filter_map(|part| in_part(part))
    };
    let base = parts().find(|word| !PREPARING.contains(word)).or_else(|| parts().next());
    let base = base.unwrap_or("job");
    match base.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => base,
    }
}

/// The program of one command without operators of the shell.
fn in_part(part: &str) -> Option<&str> {
    let mut words = part.split_whitespace().map(|word| word.trim_matches(['"', '\''])).peekable();
    let mut last = None;
    loop {
        let Some(word) = words.next() else { return last };
        // A variable that is set for the command, an option, a sign of the shell, a rest such as that of `2>&1`.
        let is_number = word.bytes().all(|byte| byte.is_ascii_digit());
        if is_number || is_variable(word) || word.starts_with('-') || word == "!" {
            continue;
        }
        let base = word.rsplit('/').next().unwrap_or(word);
        last = Some(base);
        if let Some(starter) = STARTING.iter().find(|starter| starter.name == base) {
            while let Some(option) = words.next_if(|word| word.starts_with('-')) {
                if starter.with_value.contains(&option) {
                    words.next();
                }
            }
            words.by_ref().take(starter.words).for_each(drop);
            continue;
        }
        let plain = base.trim_end_matches(|sign: char| sign.is_ascii_digit() || sign == '.');
        if INTERPRETERS.contains(&plain) {
            return script(plain, words).or(last);
        }
        return last;
    }
}

/// What an interpreter runs, if that has a name.
fn script<'w>(interpreter: &str, mut words: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    let word = loop {
        let word = words.next()?;
        match word {
            // The text of a program.
            "-c" | "-e" | "-r" => return None,
            "-m" | "-jar" | "-f" => break words.next()?,
            _ if word.starts_with('-') => {}
            // A class, after options of which some have values.
            _ if interpreter == "java" => return None,
            _ => break word,
        }
    };
    word.rsplit('/').next()
}

fn is_variable(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|sign| sign.is_ascii_alphanumeric() || sign == '_')
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_heading_is_no_comment_of_a_job_and_a_job_that_is_commented_out_is_no_heading() {
        for heading in [
            "m h dom mon dow command",
            "m h  dom mon dow user\tcommand",
            "Minute Hour Day Month Weekday Command",
            "*  *  *  *  * user-name command to be executed",
        ] {
            assert!(is_heading(heading), "{heading}");
        }
        for other in
            ["", "m h dom", "* * * * * /opt/x", "* * * * *", "at night", "m h dom mon the rest"]
        {
            assert!(!is_heading(other), "{other}");
        }
    }

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
            ("LANG=C nice -n 5 /opt/backup.sh > /dev/null 2>&1", "backup"),
            ("exec \"/opt/my job.sh\"", "my"),
            ("cd /tmp", "cd"),
            ("cd /x && ./run.sh", "run"),
            ("/usr/bin/env FOO=1 prog", "prog"),
            ("nice -n 10 ionice -c3 -n 7 /opt/dump.pl", "dump"),
            ("sudo -u postgres -- pg_dump app", "pg_dump"),
            ("su - app -c '/srv/app/bin/report --all'", "report"),
            ("timeout -k 5 60 flock -n /tmp/lock /opt/sync.sh", "sync"),
            ("/bin/bash -l -c 'cd /srv/app && bin/tidy'", "tidy"),
            ("bash", "bash"),
            (". /etc/profile; python3.11 -u /opt/x.py", "x"),
            ("python3 -m app.jobs", "app"),
            ("php -r 'echo 1'", "php"),
            ("perl -e 1", "perl"),
            ("java -Xmx1g -jar /opt/a-1.jar", "a-1"),
            ("java -cp /opt/a.jar org.Main", "java"),
            ("--all", "job"),
            ("cd /x > /dev/null 2>&1; ./run.sh", "run"),
            ("{ ; }", "job"),
            (".hidden", ".hidden"),
        ];
        for (command, expected) in cases {
            assert_eq!(program(command), expected, "{command}");
        }
    }
}
