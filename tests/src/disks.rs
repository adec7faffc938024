//! Disks that only one process sees.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::process::Command;

use nix::unistd::geteuid;

/// What starts a server with a disk of its own at `data`; none, with a printed reason, where nothing can be mounted.
pub fn own_disk(options: &str, data: &Path) -> Option<Vec<String>> {
    fs::create_dir_all(data).unwrap();
    let script = format!("mount -t tmpfs -o mode=700,{options} none \"$0\" && exec \"$@\"");
    let words = ["unshare", "--mount", "--propagation", "private", "sh", "-c", &script];
    let mut all: Vec<String> = words.map(str::to_owned).to_vec();
    all.push(data.to_str().unwrap().to_owned());
    is_possible("mount a disk", Command::new(&all[0]).args(&all[1..]).arg("true")).then_some(all)
}

/// Whether this user can do something, which a command tries. Says so when the test has to be left out.
pub fn is_possible(what: &str, command: &mut Command) -> bool {
    let program = command.get_program().display().to_string();
    let why = match command.output() {
        Ok(output) if output.status.success() => return true,
        Ok(output) => String::from_utf8_lossy(&output.stderr).trim().to_owned(),
        Err(error) => {
            let is_missing = error.kind() == ErrorKind::NotFound;
            assert!(
                !(is_missing && geteuid().is_root()),
                "root can {what}, but there is no `{program}`: install the package util-linux"
            );
            error.to_string()
        }
    };
    testkit::skip(&format!("this user cannot {what} ({program}: {why})"));
    false
}
