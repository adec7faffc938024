//! The folders and files of this machine that the jobs of an application need.

use std::fs;
use std::io::{Error, ErrorKind};
use std::path::Path;

use super::parts::{ApplicationPart, FolderPart, JobPart};
use super::section::Mistakes;
use crate::options::Options;
use crate::store::application::NewApplication;
use crate::submit::{ScriptPlace, local_folder, script_place};

/// What has to be there for the jobs of an application to run.
#[derive(Debug)]
pub(super) struct Tree {
    application: String,
    /// The base path first.
    folders: Vec<Folder>,
    files: Vec<File>,
}

#[derive(Debug)]
struct Folder {
    at: usize,
    key: &'static str,
    path: String,
}

#[derive(Debug)]
struct File {
    at: usize,
    job: String,
    /// Where it may be; the first that exists counts. Otherwise, why it can be nowhere.
    places: Result<Vec<String>, String>,
}

impl Tree {
    /// That of an application. What is a mistake in the file already is left out, and what depends on the user who runs a
    /// job (`%USER%`).
    pub(super) fn of(options: &Options, part: &ApplicationPart) -> Self {
        let mut tree =
            Self { application: part.new.name.clone(), folders: Vec::new(), files: Vec::new() };
        if part.base.path.is_none() {
            return tree;
        }
        for folder in [&part.base, &part.scripts, &part.reports, &part.extracts] {
            if let (Some(at), Some(path)) = (folder.at, local(options, &part.new, folder)) {
                tree.folders.push(Folder { at, key: folder.key, path });
            }
        }
        for job in part.jobs.iter().filter(|job| job.is_file_clear) {
            if let Some(places) = places(options, part, job) {
                let at = job.file_at.unwrap_or(job.at);
                tree.files.push(File { at, job: job.new.name.clone(), places });
            }
        }
        tree
    }

    /// Notes what is not there. Of what is below a missing folder only the folder is named.
    pub(super) fn look(&self, missing: &Mistakes) {
        let mut gone: Vec<&str> = Vec::new();
        let is_gone =
            |gone: &[&str], path: &str| gone.iter().any(|gone| Path::new(path).starts_with(gone));
        for folder in &self.folders {
            if is_gone(&gone, &folder.path) {
                continue;
            }
            if let Err(error) = fs::read_dir(&folder.path) {
                let (application, key, path) = (&self.application, folder.key, &folder.path);
                let what = unusable_folder(&error);
                let text =
                    format!("application `{application}`: key `{key}`: folder {path} {what}");
                missing.add(folder.at, text);
                gone.push(&folder.path);
            }
        }
        for file in &self.files {
            let unusable = match &file.places {
                Ok(places) if places.iter().any(|place| is_gone(&gone, place)) => continue,
                Ok(places) => unusable_file(places),
                Err(why) => Some(why.clone()),
            };
            if let Some(why) = unusable {
                missing.add(file.at, format!("job `{}`: key `file`: {why}", file.job));
            }
        }
    }
}

/// A folder on this machine; none when that depends on the user, or is a mistake.
fn local(options: &Options, application: &NewApplication, folder: &FolderPart) -> Option<String> {
    let path = folder.path.as_deref()?;
    local_folder(options, &application.name, &application.base_path, path, None).ok()
}

/// Where a job's file may be, or why it can be nowhere; none when that is not known here.
fn places(
    options: &Options,
    part: &ApplicationPart,
    job: &JobPart,
) -> Option<Result<Vec<String>, String>> {
    let file = &job.new.file;
    if job.new.kind == "script" {
        return match script_place(options, file) {
            Ok(ScriptPlace::Below(files)) => {
                let folder = local(options, &part.new, &part.scripts)?;
                Some(Ok(files.iter().map(|file| format!("{folder}/{file}")).collect()))
            }
            Ok(ScriptPlace::At(path)) => Some(Ok(vec![path])),
            Ok(ScriptPlace::Nowhere(why)) => Some(Err(why)),
            Err(refused) => Some(Err(refused.0)),
        };
    }
    if Path::new(file).is_absolute() {
        return Some(Ok(vec![file.clone()]));
    }
    let folder = local(options, &part.new, &part.reports)?;
    Some(Ok(vec![format!("{folder}/{file}")]))
}

fn unusable_folder(error: &Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => "does not exist; create or mount it, or correct the key".to_owned(),
        ErrorKind::NotADirectory => "is no folder; name the folder of the application".to_owned(),
        ErrorKind::PermissionDenied => {
            "may not be read by the user of this process; let it read the folder".to_owned()
        }
        _ => format!("cannot be read: {error}"),
    }
}

/// Why none of these is a file that can run; none when one is.
fn unusable_file(places: &[String]) -> Option<String> {
    let mut found = places.iter().map(|place| (place, fs::metadata(place)));
    if found.any(|(_, found)| found.is_ok_and(|found| found.is_file())) {
        return None;
    }
    let (first, others) = places.split_first()?;
    match fs::metadata(first) {
        Ok(_) => return Some(format!("{first} is no file; name the file of the job")),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => {
            return Some(format!("file {first} may not be read by the user of this process"));
        }
        Err(_) => {}
    }
    let name = |place: &String| place.rsplit('/').next().unwrap_or_default().to_owned();
    let others: Vec<String> = others.iter().map(name).collect();
    let or = if others.is_empty() { String::new() } else { format!(" (or {})", others.join(", ")) };
    Some(format!("file {first}{or} does not exist; create it, or correct the key"))
}
