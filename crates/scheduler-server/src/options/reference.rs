//! The reference page is made of the comments in the sources, so that it cannot differ from them.

use std::fmt::Write as _;
use std::path::PathBuf;

use super::Options;

/// Each struct of the configuration: its source, its name, its table, and its defaults where they do not stand in the comments.
const SOURCES: &[(&str, &str, &str, Shown)] = &[
    (include_str!("../options.rs"), "Options", "", of_options),
    (include_str!("../options.rs"), "Retention", "[retention]", in_comment),
    (include_str!("../options.rs"), "Log", "[log]", of_log),
    (include_str!("../../../job-archive/src/settings.rs"), "Settings", "[archive]", in_comment),
    (include_str!("../../../job-archive/src/settings.rs"), "S3", "[archive.s3]", in_comment),
    (
        include_str!("../../../notification/src/settings.rs"),
        "Mail",
        "[notifications.mail]",
        in_comment,
    ),
    (
        include_str!("../../../notification/src/settings.rs"),
        "Webhooks",
        "[notifications.webhooks]",
        in_comment,
    ),
    (
        include_str!("../../../notification/src/settings.rs"),
        "Signing",
        "[[notifications.webhooks.signing]]",
        in_comment,
    ),
];

/// The default of a field as the page shows it; none where the comment says it.
type Shown = fn(&str) -> Option<String>;

fn in_comment(_: &str) -> Option<String> {
    None
}

fn of_options(field: &str) -> Option<String> {
    let Options {
        data_dir,
        database,
        name,
        socket,
        keys,
        archive,
        plug_ins,
        runner,
        stage,
        accelerated,
        clock_start,
        clock_stop,
        stop_grace,
        notifications: _,
        retention: _,
        log: _,
    } = Options::default();
    let is_given = match field {
        "database" => database.is_some(),
        "socket" => socket.is_some(),
        "keys" => keys.is_some(),
        "archive" => archive.is_some(),
        "plug_ins" => plug_ins.is_some(),
        "runner" => runner.is_some(),
        "stage" => stage.is_some(),
        "clock_start" => clock_start.is_some(),
        "clock_stop" => clock_stop.is_some(),
        "data_dir" => return Some(format!("{data_dir:?}")),
        "name" => return Some(format!("{name:?}")),
        "accelerated" => return Some(accelerated.to_string()),
        "stop_grace" => return Some(format!("\"{stop_grace}\"")),
        other => panic!("the default of `{other}` is not known to the page"),
    };
    assert!(!is_given, "{field} has a default by now: show it");
    None
}

fn of_log(field: &str) -> Option<String> {
    let super::Log { filter, format, file } = super::Log::default();
    match field {
        "filter" => Some(format!("{filter:?}")),
        "format" => {
            let name = format!("{format:?}").to_lowercase();
            Some(format!("\"{name}\""))
        }
        "file" => file.map(|file| file.display().to_string()),
        other => panic!("the default of `log.{other}` is not known to the page"),
    }
}

#[test]
fn the_reference_page_is_up_to_date() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../../docs/reference/scheduler-configuration.md");
    let page = page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, &page).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == page, "{} is out of date: run the tests with UPDATE_DOCS=1", path.display());
}

fn page() -> String {
    let mut page = String::from(
        "# Configuration of the scheduler\n\n\
         <!-- Written by the tests of crate scheduler-server; run them with UPDATE_DOCS=1 to write it anew. -->\n\n\
         One TOML file (`--config FILE`, or the variable `RINGMASTER_CONFIG`), over it variables `RINGMASTER_<KEY>` (two\n\
         underscores go one table deeper: `RINGMASTER_LOG__FILTER`), over them the flags of [`ringmaster serve`](commands.md#ringmaster-serve).\n\
         `ringmaster doctor`, `backup`, `restore`, `forget-unreadable` and `forget-archive` read the same file and variables. An unknown key is an\n\
         error. Durations and sizes have a unit: `250ms`, `30s`, `5m`, `2h`, `7d`; `512B`, `64KiB`, `64MiB`, `2GiB`. Relative paths\n\
         start at the folder in which the process is started. Give the file to its owner alone where secrets stand in it.\n",
    );
    for (source, name, table, default) in SOURCES {
        let fields = fields(source, name);
        assert!(!fields.is_empty(), "{name} has no fields");
        let heading = if table.is_empty() { "Keys".to_owned() } else { format!("Table `{table}`") };
        write!(page, "\n## {heading}\n").unwrap();
        for (field, comment) in fields {
            let own = if table.is_empty() { field.as_str() } else { "" };
            if matches!(own, "notifications" | "retention" | "log") {
                continue;
            }
            write!(page, "\n### `{field}`\n\n{}\n", plain(&comment)).unwrap();
            if let Some(default) = default(&field) {
                write!(page, "\nDefault: `{default}`.\n").unwrap();
            }
        }
    }
    page
}

/// A comment without what only means something in the sources.
fn plain(comment: &str) -> String {
    let text = comment.replace(", as it was made by [`crate::Archive::open`]", "");
    let text =
        text.replace(" ([`Error::Lost`])", "").replace("[`Webhooks::secrets`]", "`secrets` above");
    assert!(!text.contains("[`"), "this page has no such link: {text}");
    text
}

/// The public fields of a struct with their comments.
fn fields(source: &str, name: &str) -> Vec<(String, String)> {
    let start = format!("pub struct {name} {{\n");
    let body = source.split_once(&start).unwrap().1.split_once("\n}").unwrap().0;
    let mut fields = Vec::new();
    let mut comment = Vec::new();
    for line in body.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("///") {
            comment.push(text.trim());
        } else if let Some(field) = line.strip_prefix("pub ") {
            assert!(!comment.is_empty(), "{field} has no comment");
            fields.push((field.split(':').next().unwrap().to_owned(), comment.join("\n")));
            comment.clear();
        }
    }
    fields
}
