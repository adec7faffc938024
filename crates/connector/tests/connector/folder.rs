//! Finding plug-ins.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use connector::plug_in::{Changes, Folder, Manifest};
use tempfile::TempDir;

fn write(path: &Path, text: &str, second: u64) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + second)).unwrap();
}

fn names(changes: &Changes) -> (Vec<&str>, Vec<&str>, Vec<&str>) {
    (
        changes.added.iter().map(|found| found.subfolder.as_str()).collect(),
        changes.changed.iter().map(|found| found.subfolder.as_str()).collect(),
        changes.removed.iter().map(String::as_str).collect(),
    )
}

const ONE: &str = "name = 'one'\ncommand = 'run'\narguments = ['script.py', '--fast']\n";

#[test]
fn a_scan_tells_what_was_added_changed_and_removed_since_the_one_before() {
    let folder = TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let mut plug_ins = Folder::new(folder.path());
    assert!(plug_ins.scan().unwrap().is_empty());

    write(&at("one/plugin.toml"), ONE, 1);
    write(&at("one/run"), "a", 1);
    write(&at("one/script.py"), "a", 1);
    write(&at("two/plugin.toml"), "name = 'two'\ncommand = 'python3'\n", 1);
    write(&at("not-one/readme.txt"), "", 1);
    write(&at(".hidden/plugin.toml"), ONE, 1);
    write(&at("plugin.toml"), ONE, 1);
    let changes = plug_ins.scan().unwrap();
    assert_eq!(names(&changes), (vec!["one", "two"], vec![], vec![]));
    let manifest = changes.added[0].manifest.as_ref().unwrap();
    assert_eq!((manifest.name.as_str(), &manifest.program), ("one", &at("one/run")));
    assert_eq!(changes.added[1].manifest.as_ref().unwrap().program, Path::new("python3"));
    assert!(plug_ins.scan().unwrap().is_empty());

    // By time, by size, and a file that an argument names.
    for (file, text, second) in [
        ("one/plugin.toml", ONE, 2),
        ("one/run", "a", 3),
        ("one/run", "ab", 3),
        ("one/script.py", "b", 4),
    ] {
        write(&at(file), text, second);
        assert_eq!(names(&plug_ins.scan().unwrap()), (vec![], vec!["one"], vec![]), "{file}");
        assert!(plug_ins.scan().unwrap().is_empty(), "{file}");
    }
    fs::remove_file(at("one/run")).unwrap();
    assert_eq!(names(&plug_ins.scan().unwrap()).1, ["one"]);
    fs::remove_file(at("two/plugin.toml")).unwrap();
    assert_eq!(names(&plug_ins.scan().unwrap()), (vec![], vec![], vec!["two"]));
    fs::remove_dir_all(folder.path()).unwrap();
    assert_eq!(names(&plug_ins.scan().unwrap()).2, ["one"]);
}

#[test]
fn a_wrong_manifest_is_told_once_and_again_when_it_is_corrected() {
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("bad/plugin.toml");
    let mut plug_ins = Folder::new(folder.path());
    write(&file, "name = 'bad'\ncommand = 'x'\ntimeout = 5\n", 1);
    let changes = plug_ins.scan().unwrap();
    let problem = changes.added[0].manifest.clone().unwrap_err().to_string();
    assert!(problem.contains("line 3 of plugin.toml"), "{problem}");
    assert!(plug_ins.scan().unwrap().is_empty());
    write(&file, "name = 'bad'\ncommand = 'x'\ntimeout = '5s'\n", 2);
    let changes = plug_ins.scan().unwrap();
    assert_eq!(changes.changed[0].manifest.as_ref().unwrap().timeout, Duration::from_secs(5));
}

#[test]
fn mistakes_of_a_manifest_are_named() {
    for (text, expected) in [
        ("command = 'x'", "missing field `name`"),
        ("name = 'a b'\ncommand = 'x'", "letters, digits"),
        ("name = ''\ncommand = 'x'", "letters, digits"),
        ("name = 'a'\ncommand = ''", "command is empty"),
        ("name = 'a'\ncommand = 'x'\nargs = []", "unknown field `args`"),
        ("name = 'a'\ncommand = 'x'\ntimeout = '2h'", "10 ms to 1 h"),
        ("name = 'a'\ncommand = 'x'\ntimeout = '1ms'", "10 ms to 1 h"),
        ("name = 'a'\ncommand = 'x'\n[environment]\n'A=B' = 'x'", "no name of an environment"),
        ("name = 'a'\ncommand = \"x\\u0000\"", "NUL"),
        ("name = ", "line 1"),
    ] {
        let problem = Manifest::parse(Path::new("/p"), text).unwrap_err().to_string();
        assert!(problem.contains(expected), "{text}: {problem}");
    }
}

#[test]
fn a_mistake_beside_a_secret_does_not_show_it() {
    let text = "name = 'a'\ncommand = 'x'\n[environment]\nTOKEN = 'hunter2' 'oops'\n";
    let problem = Manifest::parse(Path::new("/p"), text).unwrap_err().to_string();
    assert!(problem.contains("line 4") && !problem.contains("hunter2"), "{problem}");
}

#[cfg(unix)]
#[test]
fn what_everybody_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt;

    for file in ["", "plugin.toml", "run"] {
        let folder = TempDir::new().unwrap();
        let own = folder.path().join("one");
        write(&own.join("plugin.toml"), ONE, 1);
        write(&own.join("run"), "a", 1);
        let path = if file.is_empty() { own.clone() } else { own.join(file) };
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode | 0o002)).unwrap();
        let changes = Folder::new(folder.path()).scan().unwrap();
        let problem = changes.added[0].manifest.clone().unwrap_err().to_string();
        assert!(problem.contains("chmod o-w"), "{file}: {problem}");
    }
}

#[test]
fn a_manifest_that_is_too_large_is_not_read() {
    let folder = TempDir::new().unwrap();
    let text = format!("{ONE}# {}\n", "x".repeat(70_000));
    write(&folder.path().join("one/plugin.toml"), &text, 1);
    let changes = Folder::new(folder.path()).scan().unwrap();
    let problem = changes.added[0].manifest.clone().unwrap_err().to_string();
    assert!(problem.contains("more than 65536 bytes"), "{problem}");
}

#[cfg(unix)]
#[test]
fn a_folder_that_everybody_may_write_into_is_not_looked_into_and_nothing_counts_as_removed() {
    use std::os::unix::fs::PermissionsExt;

    let folder = TempDir::new().unwrap();
    write(&folder.path().join("one/plugin.toml"), ONE, 1);
    let mut plug_ins = Folder::new(folder.path());
    assert_eq!(names(&plug_ins.scan().unwrap()).0, ["one"]);
    let set = |mode| {
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(mode)).unwrap();
    };
    set(0o777);
    let error = plug_ins.scan().unwrap_err().to_string();
    assert!(error.contains("chmod o-w"), "{error}");
    set(0o755);
    assert!(plug_ins.scan().unwrap().is_empty());
}
