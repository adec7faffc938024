//! The binary `encrypt`: values for USER and PASSWORD.

use crate::exit;
use crate::secret::{SealKey, encode, seal};
use std::ffi::OsString;
use std::io::{self, IsTerminal, Read, Write};
use std::path::PathBuf;

/// The key file if none is named, beside the program, where `Connector.config` is looked for too.
const KEY_FILE: &str = "Connector.key";

const HELP: &str = "encrypt: values for USER and PASSWORD in Connector.config

Usage: encrypt -v TEXT                     encode TEXT as the older connector does
       encrypt                             ask for the text without showing it, or read it from a pipe
       encrypt -v - < FILE                 read the text from standard input
       encrypt --seal [--key-file FILE]    seal the text under a key file

  -v, --value TEXT    the text; `-` or absent: read it. Other users of the machine can see TEXT in the process list
  --seal              encrypt with XChaCha20-Poly1305 under the key file
  --key-file FILE     the key file; Connector.key beside the program if absent. Created, readable by you alone,
                      if it does not exist
  -h, --help          print this help
  -V, --version       print the version

Which of the two protects anything?
  Without --seal the value is only ENCODED. It hides the text from a glance, and anybody who can read
  Connector.config can decode it. It exists because the older connector writes it.
  With --seal the value is ENCRYPTED. It is worth as much as the key file is safe: keep that file readable by
  the connector's user alone, out of backups and out of version control. Set KEY_FILE in Connector.config.

The value goes to standard output, nothing else does.

Exit codes: 0 done, 64 wrong arguments, 74 the text is empty, or something cannot be read or written; the message says what.
";

struct Given {
    value: Option<String>,
    is_sealing: bool,
    key_file: Option<PathBuf>,
}

enum Parsed {
    Run(Given),
    Print(String),
}

/// Runs with these arguments, without the program's name; returns the exit code.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> u8 {
    let given = match parse(arguments) {
        Ok(Parsed::Run(given)) => given,
        Ok(Parsed::Print(text)) => return print(&text),
        Err(error) => {
            eprintln!("encrypt: {error}; see encrypt --help");
            return exit::USAGE;
        }
    };
    match value(given) {
        Ok(value) => print(&format!("{value}\n")),
        Err(error) => {
            eprintln!("encrypt: {error}");
            exit::INPUT_OUTPUT
        }
    }
}

fn print(text: &str) -> u8 {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => 0,
        Err(_) => exit::INPUT_OUTPUT,
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Parsed, lexopt::Error> {
    use lexopt::prelude::*;
    let mut given = Given { value: None, is_sealing: false, key_file: None };
    // The text may begin with a dash, so it is taken before the parser sees it.
    let mut rest = arguments.into_iter();
    let mut others = Vec::new();
    while let Some(argument) = rest.next() {
        if argument == "-v" || argument == "--value" {
            let text = rest.next().ok_or("-v wants a text, or - to read it")?;
            given.value = Some(text.string()?);
        } else {
            others.push(argument);
        }
    }
    let mut parser = lexopt::Parser::from_args(others);
    while let Some(argument) = parser.next()? {
        match argument {
            Long("seal") => given.is_sealing = true,
            Long("key-file") => given.key_file = Some(parser.value()?.into()),
            Short('v') | Long("value") => given.value = Some(parser.value()?.string()?),
            Short('h') | Long("help") => return Ok(Parsed::Print(HELP.to_owned())),
            Short('V') | Long("version") => {
                return Ok(Parsed::Print(format!("encrypt {}\n", env!("CARGO_PKG_VERSION"))));
            }
            other => return Err(other.unexpected()),
        }
    }
    if given.key_file.is_some() && !given.is_sealing {
        return Err("--key-file goes with --seal".into());
    }
    Ok(Parsed::Run(given))
}

fn value(given: Given) -> Result<String, String> {
    let text = match given.value.filter(|text| text != "-") {
        Some(text) => text,
        None => read().map_err(|error| format!("cannot read the text: {error}"))?,
    };
    if text.is_empty() {
        return Err("the text is empty; a blank user or password is always refused".to_owned());
    }
    if !given.is_sealing {
        return Ok(encode(&text));
    }
    let path = given.key_file.unwrap_or_else(default_key_file);
    let (key, is_new) = SealKey::read_or_create(&path).map_err(|error| error.to_string())?;
    if is_new {
        eprintln!(
            "encrypt: created the key file {}; keep it readable by the connector's user alone",
            path.display()
        );
    }
    seal(&text, &key).map_err(|error| error.to_string())
}

fn default_key_file() -> PathBuf {
    crate::config::locate(None).with_file_name(KEY_FILE)
}

/// One line, without its end; from a terminal without echo.
fn read() -> io::Result<String> {
    if io::stdin().is_terminal() {
        return rpassword::prompt_password("Text: ");
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
}
