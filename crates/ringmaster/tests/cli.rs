//! The program as people start it: what it prints, where, and with which exit code.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// The program with the arguments in `line`, in a folder of its own and without variables of its own.
fn ringmaster(folder: &Path, line: &str) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the program under test")]
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringmaster"));
    command.args(line.split_whitespace()).current_dir(folder);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("RINGMASTER_BATCH_")) {
        command.env_remove(name);
    }
    command
}

fn output(folder: &Path, line: &str) -> (i32, String, String) {
    texts(&ringmaster(folder, line).stdin(Stdio::null()).output().unwrap())
}

fn texts(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// A server under test; killed when the test fails.
struct Server {
    child: Child,
    lines: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Server {
    fn start(folder: &Path, line: &str) -> Self {
        // No job is run, so any program does.
        let mut child = ringmaster(folder, line)
            .env("RINGMASTER_BATCH_RUNNER", "/bin/true")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// What it prints up to and with the line that says where it listens.
    fn ready(&mut self) -> Vec<String> {
        let mut printed = Vec::new();
        for line in self.lines.by_ref() {
            let line = line.unwrap();
            let is_last = line.starts_with("listening on ");
            printed.push(line);
            if is_last {
                return printed;
            }
        }
        panic!("it ended after printing {printed:?}");
    }

    fn end(mut self) -> i32 {
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap());
        kill(pid, Signal::SIGTERM).unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Either it has ended already, or the test has failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn help_and_version_go_to_standard_output() {
    let folder = testkit::temp_dir();
    for (line, expected) in [
        ("--help", "Usage: ringmaster <COMMAND>"),
        ("batch-server --help", "--tls-cert <FILE>"),
        ("batch-server add-user --help", "--password-stdin"),
        ("--version", "ringmaster "),
        ("completions bash", "complete -F _ringmaster"),
        ("man", ".TH ringmaster"),
        ("batch-server openapi amtopcon", "\"openapi\""),
        ("batch-server openapi control-center", "/schedules"),
    ] {
        let (code, out, err) = output(folder.path(), line);
        assert_eq!((code, err.as_str()), (0, ""), "{line}");
        assert!(out.contains(expected), "{line}: {out}");
    }
}

#[test]
fn manual_pages_are_written_for_every_command() {
    let folder = testkit::temp_dir();
    let (code, said, _) = output(folder.path(), "man pages");
    assert_eq!((code, said.as_str()), (0, "the manual pages are in pages\n"));
    for page in ["ringmaster.1", "ringmaster-batch-server.1", "ringmaster-batch-server-add-user.1"]
    {
        assert!(folder.path().join("pages").join(page).is_file(), "{page}");
    }
}

#[test]
fn wrong_lines_and_wrong_configuration_have_exit_code_2() {
    let folder = testkit::temp_dir();
    std::fs::write(folder.path().join("bad.toml"), "lisen = '127.0.0.1:1'\n").unwrap();
    std::fs::write(folder.path().join("name.toml"), "listen = 'db1:9001'\n").unwrap();
    std::fs::write(folder.path().join("range.toml"), "poll_interval = '1h'\n").unwrap();
    let mail = "notifications.mail = { host = 'h', from = 'a@b.example', port = 0 }\n";
    std::fs::write(folder.path().join("mail.toml"), mail).unwrap();
    std::fs::write(folder.path().join("archive.toml"), "archive = { url = 's3://' }\n").unwrap();
    for (line, expected) in [
        ("nonsense", "unrecognized subcommand"),
        ("batch-server --listen here", "invalid value"),
        ("batch-server --config bad.toml", "unknown key `lisen`; did you mean `listen`?"),
        ("batch-server --config missing.toml", "cannot read configuration file missing.toml"),
        (
            "batch-server --config range.toml check",
            "key `poll_interval` is 1h; it must be from 500ms to 30s",
        ),
        ("batch-server --listen 0.0.0.0:9001", "which other machines can reach: configure `tls`"),
        (
            "batch-server --listen db1:9001",
            "`db1:9001` is no address with a port: write 127.0.0.1:9001",
        ),
        (
            "batch-server --config name.toml check",
            "key `listen`: `db1:9001` is no address with a port",
        ),
        (
            "batch-server --database mysql://u:s3cret@h/d check",
            "key `database` begins with `mysql:`",
        ),
        ("batch-server --database mysql://u:s3cret@h/d", "key `database` begins with `mysql:`"),
        ("batch-server --role api", "a SQLite database serves one process only"),
        ("serve --config mail.toml --data mail", "mail.port: 0 is no port"),
        ("serve --config archive.toml --data archive", "name the bucket"),
    ] {
        let (code, out, err) = output(folder.path(), line);
        assert_eq!((code, out.as_str()), (2, ""), "{line}: {err}");
        assert!(err.contains(expected), "{line}: {err}");
        assert!(!err.contains("s3cret"), "{line}: {err}");
    }
    assert!(!folder.path().join("batch-data").exists(), "nothing was started");
}

#[test]
fn the_configuration_in_force_is_shown_without_secrets() {
    let folder = testkit::temp_dir();
    let line = "config show --database postgres://batch:s3cret@db/amt --listen 127.0.0.1:7";
    let (code, out, _) = output(folder.path(), line);
    assert_eq!(code, 0);
    assert!(out.contains("listen = \"127.0.0.1:7\""), "{out}");
    assert!(out.contains("postgres://batch:***@db/amt") && !out.contains("s3cret"), "{out}");
}

#[test]
fn a_check_names_every_mistake_of_the_definitions() {
    let folder = testkit::temp_dir();
    std::fs::write(
        folder.path().join("d.toml"),
        "[[queue]]\nname = \"A\"\nprioritty = \"high\"\n[[quue]]\n",
    )
    .unwrap();
    let (code, _, err) = output(folder.path(), "batch-server check --definitions d.toml");
    assert_eq!(code, 1, "{err}");
    assert!(
        err.contains("d.toml:3: queue `A`: unknown key `prioritty`; did you mean `priority`?"),
        "{err}"
    );
    assert!(err.contains("d.toml:4: the file: unknown key `quue`"), "{err}");
}

#[test]
fn a_check_without_mistakes_says_what_it_has_read() {
    let folder = testkit::temp_dir();
    let job = "[[application.job]]\nname = 'RUN'\nkind = 'script'\nfile = 'RUN.sh'\n";
    let text = format!("[[application]]\nname = 'A'\nbase_path = 'A'\n{job}");
    std::fs::write(folder.path().join("d.toml"), text).unwrap();
    std::fs::create_dir(folder.path().join("A")).unwrap();
    let config = "runner = '/bin/true'\ndefinitions = 'd.toml'\n";
    std::fs::write(folder.path().join("c.toml"), config).unwrap();
    let line = "batch-server --config c.toml check";
    let (code, out, err) = output(folder.path(), line);
    assert_eq!((code, out.as_str()), (1, ""), "{err}");
    assert!(err.contains("d.toml:7: job `RUN`: key `file`: file "), "{err}");
    std::fs::write(folder.path().join("A/RUN.sh"), "").unwrap();
    let (code, out, err) = output(folder.path(), line);
    assert_eq!((code, err.as_str()), (0, ""), "{out}");
    assert!(out.contains("d.toml: 1 application, 1 job, 0 queues, 0 users\n"), "{out}");
    assert!(out.ends_with("everything can be used\n"), "{out}");
}

#[test]
fn a_check_names_the_mistakes_of_options_files_and_folders_at_once() {
    use std::os::unix::fs::PermissionsExt;
    let folder = testkit::temp_dir();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("d.toml", "[[application]]\nname = 'A'\nbase_path = 'A'\ndefault_user = 'BATCH'\n");
    write(
        "c.toml",
        "queue_concurrency = 0\ndata_dir = 'data'\ndefinitions = 'd.toml'\nrunner = 'nowhere'\n\
                     tls = { certificate = 'c.pem', key = 'k.pem' }\n",
    );
    let data = folder.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::set_permissions(&data, std::fs::Permissions::from_mode(0o777)).unwrap();
    let (code, out, err) = output(folder.path(), "batch-server --config c.toml check");
    assert_eq!((code, out.as_str()), (2, ""), "{err}");
    for part in [
        "the configuration (file c.toml): key `queue_concurrency` is 0",
        "key `tls`: cannot read TLS",
        "others may write into the data folder data (its mode is 0777)",
        "d.toml:4: application `A`: key `default_user`: user `BATCH` does not exist",
        "d.toml:3: application `A`: key `base_path`: folder",
        "the program batch-runner is not at nowhere",
    ] {
        assert!(err.contains(part), "{part} is not in\n{err}");
    }
    assert_eq!(err.lines().count(), 6, "{err}");
    write("c.toml", "data_dir = 'data'\nrunner = '/bin/true'\n");
    let (code, _, err) = output(folder.path(), "batch-server --config c.toml");
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("`chmod 700 data`"), "{err}");
}

#[test]
fn a_database_server_that_is_not_there_is_named_with_what_to_do() {
    let folder = testkit::temp_dir();
    // A free port can be taken by another test meanwhile; nobody listens on this one.
    let port = 1;
    let url = format!("postgres://batch:s3cret@127.0.0.1:{port}/amt");
    let (code, _, err) = output(
        folder.path(),
        &format!("batch-server --data d --listen 127.0.0.1:0 --database {url}"),
    );
    assert_eq!(code, 5, "{err}");
    assert!(err.contains(&format!("cannot use PostgreSQL at 127.0.0.1, port {port}")), "{err}");
    assert!(
        err.contains("onnection refused") && !err.contains("s3cret") && !err.contains("pool"),
        "{err}"
    );
}

#[test]
fn the_first_start_shows_a_password_once_and_each_start_one_line() {
    let folder = testkit::temp_dir();
    let line = "batch-server --data data --listen localhost:0";
    let mut first = Server::start(folder.path(), line);
    let printed = first.ready();
    assert!(
        printed.iter().any(|line| line.contains("User ADMIN can log on with this password")),
        "{printed:?}"
    );
    assert!(printed.last().unwrap().starts_with("listening on http://127.0.0.1:"), "{printed:?}");
    let (code, _, err) = output(folder.path(), line);
    assert_eq!(code, 1);
    assert!(err.contains("is in use by process"), "{err}");
    assert_eq!(first.end(), 0);
    let mut second = Server::start(folder.path(), line);
    assert_eq!(second.ready().len(), 1);
    assert_eq!(second.end(), 0);
}

#[test]
fn with_a_certificate_it_listens_beyond_this_machine_and_reads_it_again() {
    let folder = testkit::temp_dir();
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("../kit/testdata");
    for file in ["cert.pem", "key.pem"] {
        std::fs::copy(testdata.join(file), folder.path().join(file)).unwrap();
    }
    let line = "batch-server --data data --listen 0.0.0.0:0 --tls-cert cert.pem --tls-key key.pem";
    let mut server = Server::start(folder.path(), line);
    assert!(server.ready().last().unwrap().starts_with("listening on https://0.0.0.0:"));
    // A key that is gone leaves the old certificate in use.
    std::fs::remove_file(folder.path().join("key.pem")).unwrap();
    let pid = Pid::from_raw(i32::try_from(server.child.id()).unwrap());
    kill(pid, Signal::SIGHUP).unwrap();
    assert_eq!(server.end(), 0);
    let (code, _, err) = output(folder.path(), line);
    assert_eq!(code, 1);
    assert!(err.contains("cannot read TLS key key.pem"), "{err}");
}

#[test]
fn a_busy_port_names_port_and_option() {
    let folder = testkit::temp_dir();
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = holder.local_addr().unwrap().port();
    let (code, _, err) = output(folder.path(), &format!("batch-server --listen 127.0.0.1:{port}"));
    assert_eq!(code, 1);
    assert!(
        err.contains(&format!("port {port} of 127.0.0.1 is in use by another program")),
        "{err}"
    );
    assert!(err.contains("--listen"), "{err}");
}

#[test]
fn users_are_made_and_their_passwords_reset_at_the_command_line() {
    let folder = testkit::temp_dir();
    let given = |line: &str, input: &str| {
        let mut child = ringmaster(folder.path(), line)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        texts(&child.wait_with_output().unwrap())
    };
    let add = "batch-server add-user --data data opcon --password-stdin --role operator";
    let said = "user opcon can log on with the password that was given\n".to_owned();
    let (code, out, err) = given(add, "correct horse battery\n");
    assert_eq!((code, out), (0, said));
    assert!(err.starts_with("ringmaster: a new database was made: data/"), "{err}");
    let (code, _, err) = given(add, "correct horse battery\n");
    assert_eq!(code, 1);
    assert!(err.contains("use reset-password"), "{err}");
    let (code, out, _) = output(folder.path(), "batch-server reset-password OPCON --data data");
    assert_eq!(code, 0);
    assert!(out.contains("User OPCON can log on with this password"), "{out}");
    let (code, _, err) = output(folder.path(), "batch-server reset-password OPCOM --data data");
    assert_eq!(code, 3);
    assert!(err.contains("user `OPCOM` does not exist; did you mean `opcon`?"), "{err}");
    let (code, out, err) =
        output(folder.path(), "batch-server reset-password OPCON --data elsewhere");
    assert_eq!((code, out.as_str()), (1, ""));
    assert!(err.contains("there is no database at"), "{err}");
}
