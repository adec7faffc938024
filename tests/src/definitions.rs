//! The applications of a test's batch server, written as a definition file.

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// What a test's batch server knows: the application `TEST`, its jobs, and queues.
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    jobs: Vec<Job>,
    queues: String,
}

#[derive(Debug, Clone)]
struct Job {
    name: String,
    kind: &'static str,
    text: String,
    more: String,
}

impl Definitions {
    /// A report of the application `TEST`: a shell script in its report folder.
    #[must_use]
    pub fn report(self, name: &str, text: &str) -> Self {
        self.job(name, "report", text, "")
    }

    /// An external executable of the application `TEST`.
    #[must_use]
    pub fn executable(self, name: &str, text: &str) -> Self {
        self.job(name, "executable", text, "")
    }

    /// A job of any kind, with more lines of its definition.
    #[must_use]
    pub fn job(mut self, name: &str, kind: &'static str, text: &str, more: &str) -> Self {
        self.jobs.push(Job {
            name: name.to_owned(),
            kind,
            text: text.to_owned(),
            more: more.to_owned(),
        });
        self
    }

    /// A queue; `text` is its TOML without name.
    #[must_use]
    pub fn queue(mut self, name: &str, text: &str) -> Self {
        let _ = writeln!(self.queues, "[[queue]]\nname = \"{name}\"\n{text}\n");
        self
    }

    /// Writes the file and the programs it names below `folder`.
    pub fn write(&self, folder: &Path) {
        let (reports, scripts) = (folder.join("TEST/reports"), folder.join("TEST/scripts"));
        for path in [&reports, &scripts, &folder.join("TEST/extracts")] {
            std::fs::create_dir_all(path).unwrap();
        }
        let mut text = String::from(
            "[[application]]\nname = \"TEST\"\nbase_path = \"TEST\"\nreport_path = \"reports\"\n\
             script_path = \"scripts\"\nextract_path = \"extracts\"\ndefault_user = \"BATCH\"\n\n",
        );
        for job in &self.jobs {
            let is_script = job.kind == "script";
            let file = if is_script { format!("{}.sh", job.name) } else { job.name.clone() };
            let path = if is_script { scripts.join(&file) } else { reports.join(&file) };
            std::fs::write(&path, &job.text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            let _ = writeln!(
                text,
                "[[application.job]]\nname = \"{}\"\nkind = \"{}\"\nfile = \"{file}\"\n{}\n",
                job.name, job.kind, job.more
            );
        }
        text.push_str("[[user]]\nname = \"BATCH\"\n\n");
        if self.queues.is_empty() {
            text.push_str("[[queue]]\nname = \"MAIN\"\ndefault = true\nconcurrency = 8\n");
        }
        text.push_str(&self.queues);
        std::fs::write(folder.join("applications.toml"), text).unwrap();
    }
}
