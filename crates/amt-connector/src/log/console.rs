//! Where lines go: standard output as text, job log block or JSON, and the log file.

use super::file::SharedLog;
use super::line::{Voice, line, shown};
use crate::arguments::Output;
use amt_client::job_log;
use amt_protocol::Message;
use serde_json::{Value, json};
use std::io::{BufWriter, Stdout, Write};

/// Standard output, standard error and the log file of one run.
#[derive(Debug)]
pub struct Console {
    out: BufWriter<Stdout>,
    is_broken: bool,
    output: Output,
    is_stream: bool,
    file: SharedLog,
    remarks: Vec<String>,
    messages: Vec<Value>,
    printed: u64,
}

impl Console {
    /// `is_stream` says that JSON goes out line by line while the job runs.
    pub fn new(output: Output, is_stream: bool, file: SharedLog) -> Self {
        Self {
            out: BufWriter::new(std::io::stdout()),
            is_broken: false,
            output,
            is_stream,
            file,
            remarks: Vec::new(),
            messages: Vec::new(),
            printed: 0,
        }
    }

    /// A line of the log.
    pub fn say(&mut self, voice: Voice, text: &str) {
        self.file.with(|file| file.write(text));
        if self.output == Output::Text {
            self.print(voice, &shown(text));
            self.flush();
        }
    }

    /// A line of the log that is worth a place in the JSON document too. The job log block has none for it.
    pub fn remark(&mut self, text: &str) {
        self.say(Voice::Executor, text);
        if self.output == Output::JobLog {
            // Nobody reading standard error is no reason to stop.
            let _ = writeln!(std::io::stderr(), "amt: {text}");
            return;
        }
        self.remarks.push(text.to_owned());
        self.event(|| json!({"Event": "Remark", "Text": text}));
    }

    /// A message of the job. A text of several lines becomes several lines. Not copied to the log file.
    pub fn message(&mut self, message: &Message) {
        self.printed += 1;
        match self.output {
            Output::Text => {
                for text in message.text.split('\n') {
                    self.print(Voice::Executor, text.trim_end_matches('\r'));
                }
            }
            Output::JobLog => self.write(&job_log::message(&message.text)),
            Output::Json => {
                let value = json!({
                    "Sequence": message.sequence,
                    "Time": message.time,
                    "Kind": message.kind,
                    "BatchRequestId": message.batch_request_id,
                    "Text": message.text,
                });
                if self.is_stream {
                    let mut event = json!({"Event": "Message"});
                    for (name, inner) in value.as_object().into_iter().flatten() {
                        event[name] = inner.clone();
                    }
                    self.write(&event.to_string());
                } else {
                    self.messages.push(value);
                }
            }
        }
    }

    /// A piece of the job log block, whole lines, if it goes out.
    pub fn block(&mut self, piece: &str) {
        if self.output == Output::JobLog {
            self.write(piece.trim_end_matches('\n'));
            self.flush();
        }
    }

    /// A JSON line, if JSON goes out line by line.
    pub fn event(&mut self, event: impl FnOnce() -> Value) {
        if self.output == Output::Json && self.is_stream {
            self.write(&event().to_string());
            self.flush();
        }
    }

    /// The JSON document at the end; remarks and messages are added here.
    pub fn document(&mut self, mut document: Value) {
        if self.output != Output::Json {
            return;
        }
        document["Remarks"] = std::mem::take(&mut self.remarks).into();
        let text = if self.is_stream {
            document["Event"] = "End".into();
            document.to_string()
        } else {
            document["Messages"] = std::mem::take(&mut self.messages).into();
            format!("{document:#}")
        };
        self.write(&text);
        self.flush();
    }

    /// A warning on standard error and in the log file.
    pub fn warn(&mut self, text: &str) {
        self.file.with(|file| file.write(&format!("WARNING {text}")));
        // Nobody reading standard error is no reason to stop.
        let _ = writeln!(std::io::stderr(), "amt: warning: {}", shown(text));
    }

    /// Says once that the log file cannot be written, if so.
    pub fn warn_of_log(&mut self) {
        if let Some(trouble) = self.file.with(super::file::LogFile::take_trouble) {
            self.warn(&trouble);
        }
    }

    /// A line for the log file alone.
    pub fn note(&self, text: &str) {
        self.file.with(|file| file.write(text));
    }

    /// How many messages went out.
    pub const fn printed(&self) -> u64 {
        self.printed
    }

    /// Hands over what is buffered. A reader that has gone away does not end the run: its exit code still counts.
    pub fn flush(&mut self) {
        if !self.is_broken && self.out.flush().is_err() {
            self.is_broken = true;
        }
    }

    fn print(&mut self, voice: Voice, text: &str) {
        let at = super::now().datetime();
        self.write(&line(at, voice, text));
    }

    fn write(&mut self, text: &str) {
        if !self.is_broken && writeln!(self.out, "{text}").is_err() {
            self.is_broken = true;
        }
    }
}
