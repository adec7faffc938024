//! What needs no job: encrypt, doctor, help, completions, manual page, wrong arguments and configurations.

#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that run the real programs"
)]

#[path = "../../amt-client/tests/fake/mod.rs"]
mod fake;
mod support;

use amt_connector::secret::encode;
use fake::{Certificate, Fake, Fault, PASSWORD, USER};
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use support::{Ran, Site, ran};

fn encrypt(arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_encrypt"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that does not read its input may have ended already.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    ran(child.wait_with_output().unwrap())
}

#[test]
fn encrypt_prints_the_value_of_the_older_one() {
    assert_eq!(encrypt(&["-v", "abcdefg"], "").out, "59574a6a5a47566d5a773d3d\n");
    assert_eq!(encrypt(&["-v", "-"], "abcdefg\r\n").out, "59574a6a5a47566d5a773d3d\n");
    assert_eq!(encrypt(&[], "ocadm").out, "62324e685a47303d\n");
    assert_eq!(encrypt(&["-v", "-x"], "").out, format!("{}\n", encode("-x")));
    assert_eq!(encrypt(&["-v", ""], "").code, 74);
    assert_eq!(encrypt(&["--what"], "").code, 64);
    assert!(encrypt(&["--help"], "").out.contains("only ENCODED"));
}

#[test]
fn sealed_credentials_run_a_job() {
    let fake = Fake::start();
    let site = Site::with("");
    let key = site.folder.path().join("site.key");
    let seal = |text: &str| {
        let ran = encrypt(&["--seal", "--key-file", key.to_str().unwrap()], text);
        assert_eq!(ran.code, 0, "{}", ran.err);
        ran.out.trim_end().to_owned()
    };
    let (user, password) = (seal(USER), seal(PASSWORD));
    assert!(password.starts_with("sealed:v1:") && key.exists());
    let text = format!(
        "SERVER_ADDRESS={}\nSERVER_USES_TLS=False\nUSER={user}\nPASSWORD={password}\n",
        fake.address
    );
    std::fs::write(&site.config, format!("{text}KEY_FILE=site.key\n")).unwrap();
    site.start(&[]).assert_code(4);
    std::fs::write(&site.config, format!("{text}KEY_FILE=other.key\n")).unwrap();
    let ran = site.start(&[]);
    assert_eq!(ran.code, 78);
    assert!(ran.err.contains("line 3: USER=***") && ran.err.contains("other.key"), "{}", ran.err);
}

#[test]
fn a_wrong_configuration_is_78_and_names_the_line() {
    let base = format!("SERVER_ADDRESS=h:1\nUSER={}\n", encode("u"));
    for (text, parts) in [
        ("SERVER_ADDRESS=h\n".to_owned(), vec!["line 1", "host:port"]),
        (format!("{base}PASSWORD=plain-secret\n"), vec!["line 3: PASSWORD=***", "run `encrypt`"]),
        (base.clone(), vec!["PASSWORD is missing"]),
        (format!("{base}junk\n"), vec!["line 3: `junk`"]),
    ] {
        let ran = Site::with(&text).start(&[]);
        assert_eq!(ran.code, 78, "{}", ran.err);
        assert!(parts.iter().all(|part| ran.err.contains(part)), "{parts:?} in {}", ran.err);
        assert!(!ran.err.contains("plain-secret") && ran.out.is_empty());
    }
    let site = Site::with("");
    std::fs::remove_file(&site.config).unwrap();
    let ran = site.start(&[]);
    assert!(ran.code == 78 && ran.err.contains("--config"), "{}", ran.err);
}

#[test]
fn wrong_arguments_are_64() {
    for arguments in [&["-jt", "STOP"][..], &["--what"], &[], &["-jn"]] {
        let ran = ran(Command::new(env!("CARGO_BIN_EXE_amt")).args(arguments).output().unwrap());
        assert_eq!(ran.code, 64, "{arguments:?} {}", ran.err);
        assert!(ran.err.starts_with("amt: ") && ran.out.is_empty());
    }
}

#[test]
fn the_configuration_beside_the_program_is_found() {
    let fake = Fake::start();
    let site = Site::new(&fake, "");
    let program =
        site.folder.path().join(Path::new(env!("CARGO_BIN_EXE_amt")).file_name().unwrap());
    std::fs::copy(env!("CARGO_BIN_EXE_amt"), &program).unwrap();
    let output = Command::new(&program).args(["-an", "A", "-jn", "J"]).output().unwrap();
    ran(output).assert_code(4);
}

#[test]
fn unknown_keys_and_plain_http_are_warned_about() {
    let site = Site::at("192.0.2.1:9", false, "POLL_INTERVALL=5\nSERVER_ADRESS=x");
    let ran = site.start(&["--retry-for", "0", "--connect-timeout", "100ms"]);
    ran.assert_code(23);
    assert!(ran.err.contains("did you mean SERVER_ADDRESS?"), "{}", ran.err);
    assert!(ran.err.contains("POLL_INTERVALL is not a known key"), "{}", ran.err);
    assert!(ran.err.contains("clear text"), "{}", ran.err);
}

#[test]
fn doctor_finds_nothing_wrong_with_a_good_server() {
    let fake = Fake::start();
    let site = Site::new(&fake, "");
    let ran = site.amt(&["doctor"]);
    assert_eq!(ran.code, 0, "{}", ran.out);
    for part in [
        "ok    config",
        "ok    address",
        "ok    logon",
        "ok    monitor",
        "ok    messages",
        "ok    kill",
        "warn  credentials",
        "ok    profile       amtopcon-1",
        "POST /Logon",
    ] {
        assert!(ran.has(part), "{part} in\n{}", ran.out);
    }
    assert!(!ran.has(PASSWORD) && !ran.has("secret-token") && !ran.has("FAIL"), "{}", ran.out);
    assert_eq!(fake.state.stored(), 0);
}

#[test]
fn doctor_says_what_is_wrong_and_ends_with_its_code() {
    let fake = Fake::start();
    fake.state.always("GetMessages", Fault::Status(403));
    let ran = Site::new(&fake, "").amt(&["doctor"]);
    assert!(ran.code == 11 && ran.has("FAIL  messages"), "{}", ran.out);

    let text = std::fs::read_to_string(&Site::new(&fake, "").config).unwrap();
    let ran = Site::with(&text.replace(&encode(PASSWORD), &encode("nope"))).amt(&["doctor"]);
    assert!(ran.code == 24 && ran.has("FAIL  logon"), "{}", ran.out);

    let tls = Fake::start_tls(&Certificate::new(&["127.0.0.1"]));
    let ran = Site::new(&tls, "").amt(&["doctor"]);
    assert!(ran.code == 23 && ran.has("FAIL  tls") && ran.has("CA_FILE"), "{}", ran.out);

    let site = Site::new(&fake, "");
    drop(fake);
    let ran = site.amt(&["doctor"]);
    assert!(ran.code == 23 && ran.has("FAIL  address"), "{}", ran.out);
    assert_eq!(Site::with("X\n").amt(&["doctor"]).code, 78);
}

#[test]
fn help_version_completions_and_manual_are_printed() {
    let amt = |arguments: &[&str]| {
        let ran = ran(Command::new(env!("CARGO_BIN_EXE_amt")).args(arguments).output().unwrap());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
        ran.out
    };
    let help = amt(&["--help"]);
    for option in amt_connector::arguments::OPTIONS {
        assert!(help.contains(&format!("--{}", option.long)), "{}", option.long);
    }
    assert!(help.contains("Examples:") && help.lines().all(|line| line.chars().count() < 140));
    assert_eq!(amt(&["--version"]), format!("amt {}\n", env!("CARGO_PKG_VERSION")));
    for shell in ["bash", "zsh", "fish", "powershell"] {
        assert!(amt(&["completions", shell]).contains("amt"), "{shell}");
    }
    assert!(amt(&["man"]).starts_with(".TH AMT 1"));
}

#[test]
fn the_bash_completion_is_valid_and_completes() {
    let script = ran(Command::new(env!("CARGO_BIN_EXE_amt"))
        .args(["completions", "bash"])
        .output()
        .unwrap())
    .out;
    let test = format!(
        "{script}\nCOMP_WORDS=(amt --jo); COMP_CWORD=1; _amt; echo ${{COMPREPLY[*]}}\n\
         COMP_WORDS=(amt -jt K); COMP_CWORD=2; _amt; echo ${{COMPREPLY[*]}}"
    );
    let Ok(output) = Command::new("bash").args(["-c", &test]).output() else { return };
    assert_eq!(ran(output).out, "--job-type --job\nKILL\n");
}
