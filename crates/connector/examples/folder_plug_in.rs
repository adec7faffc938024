//! A plug-in that a site could have written: its target is a folder, the variable `TARGET`. A task is there from the moment when its file
//! `task-ATTEMPT` is, and ends when the file `end-JOB` is there, with the code in it. Every real start stands in `started`, one line each.
//!
//! A file `mood` in the folder makes it behave badly, as the end-to-end tests want it: `hang` (nothing is answered), `nonsense` (answers
//! are no JSON), `flood` (lines without end), `die` (it ends at each call), `lose` (a start is carried out and the plug-in ends before it
//! answers, once). The variable `MOOD` does the same from its start on.

use std::fs::{self, OpenOptions};
use std::io::{self, BufRead, Write};
use std::path::PathBuf;

use serde_json::{Value, json};

fn main() -> io::Result<()> {
    let target = Target(PathBuf::from(std::env::var_os("TARGET").unwrap_or_default()));
    for line in io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let Some(id) = request.get("id") else { continue };
        match target.mood().as_str() {
            "hang" => {}
            "nonsense" => println!("{{\"id\":{id},\"answer\":perhaps}}"),
            "flood" => loop {
                writeln!(io::stdout(), "{{\"id\":0,\"answer\":\"delete\"}}")?;
            },
            "die" => return Ok(()),
            _ => {
                let answer = target.answer(&request)?;
                let mut out = io::stdout().lock();
                writeln!(out, "{}", json!({"id": id, "answer": answer}))?;
                out.flush()?;
            }
        }
    }
    Ok(())
}

struct Target(PathBuf);

impl Target {
    fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.0.join(name)).ok()
    }

    fn mood(&self) -> String {
        let mood = self.read("mood").or_else(|| std::env::var("MOOD").ok()).unwrap_or_default();
        mood.trim().to_owned()
    }

    fn answer(&self, request: &Value) -> io::Result<Value> {
        let call = request.get("call").or_else(|| request.get("connector"));
        let (name, argument) = match call {
            Some(Value::Object(call)) => match call.iter().next() {
                Some((name, argument)) => (name.as_str(), argument),
                None => ("", &Value::Null),
            },
            Some(Value::String(name)) => (name.as_str(), &Value::Null),
            _ => ("", &Value::Null),
        };
        Ok(match name {
            "info" => json!({"info": {
                "name": "folder",
                "version": std::env::var("VERSION").unwrap_or_else(|_| "1".to_owned()),
                "applications": [std::env::var("APPLICATION").unwrap_or_else(|_| "Folder".to_owned())],
                "task_types": [{"name": "wait", "title": "Wait"}],
                "languages": ["en"], "can_find": true, "can_cancel": true,
            }}),
            "form" => {
                json!({"form": {"schema": {"type": "object"}, "ui": {}, "extra_errors": {}, "may_change": false}})
            }
            "check" => json!({"check": []}),
            "heartbeat" => {
                let version = std::env::var("VERSION").unwrap_or_default();
                json!({"heartbeat": {"communication": "communicating", "version": version, "warnings": []}})
            }
            "start" => json!({"start": self.start(argument)?}),
            "find" if self.has(argument) => {
                json!({"find": {"find": "running", "state": job(argument)}})
            }
            "find" => json!({"find": {"find": "never"}}),
            "watch" => {
                let reports = argument["tasks"].as_array().into_iter().flatten().map(|task| {
                    json!({"attempt": task["attempt"], "state": null, "status": self.status(task)})
                });
                let reports: Vec<Value> = reports.collect();
                json!({"watch": {"reports": reports, "cursor": null, "again_after": 50}})
            }
            "cancel" => {
                fs::write(self.0.join(format!("end-{}", text(&argument["state"]))), "killed")?;
                json!({"cancel": {"cancel": "sent"}})
            }
            "logs" => json!({"logs": [{"name": "job.log", "is_complete": true}]}),
            "read_log" => json!({"read_log": {
                "text": format!("{} was here\n", text(&argument["task"]["state"])), "next": "1", "is_end": true,
            }}),
            "delete" => json!("delete"),
            other => {
                json!({"failed": {"fault": "not_found", "message": format!("there is no call {other}")}})
            }
        })
    }

    fn has(&self, task: &Value) -> bool {
        self.0.join(format!("task-{}", text(&task["attempt"]))).exists()
    }

    fn start(&self, task: &Value) -> io::Result<Value> {
        let attempt = text(&task["attempt"]);
        let new = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(self.0.join(format!("task-{attempt}")));
        match new {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            new => {
                new?;
                let mut started =
                    OpenOptions::new().create(true).append(true).open(self.0.join("started"))?;
                writeln!(
                    started,
                    "{} by {}",
                    job(task),
                    std::env::var("VERSION").unwrap_or_default()
                )?;
            }
        }
        if self.mood() == "lose" {
            fs::remove_file(self.0.join("mood"))?;
            std::process::abort();
        }
        Ok(json!({"start": "running", "state": job(task)}))
    }

    fn status(&self, task: &Value) -> Value {
        if !self.has(task) {
            return json!({"status": "lost", "why": "the folder has no such task"});
        }
        match self.read(&format!("end-{}", text(&task["state"]))) {
            None => json!({"status": "running", "phase": "WAITING", "code": null}),
            Some(end) if end.trim() == "killed" => {
                json!({"status": "ended", "code": null, "is_killed": true, "description": "KILLED"})
            }
            Some(end) => {
                let code: i32 = end.trim().parse().unwrap_or(1);
                json!({"status": "ended", "code": code, "is_killed": false, "description": "DONE"})
            }
        }
    }
}

/// The job, which is what its files are named after.
fn job(task: &Value) -> String {
    text(&task["name"]).rsplit('/').next().unwrap_or_default().to_owned()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
