//! What is written when a script cannot be started (`amt-domain 8.4`).

use crate::path_map::WindowsPath;

/// Description of a start whose script does not exist (code 11, `amt-domain 6.2`).
pub const FILE_NOT_FOUND: &str = "File not found";

/// The folder of a script as messages show it. A Windows path is shown in upper case, as in the
/// vendor's log (`F:\AMT\SCRIPTS\DEMO2` for `F:\Amt\Scripts\DEMO2\RUN.ps1`); a local path as it is.
/// `script` is the path that the user knows: before it is mapped, when it was mapped.
pub fn display_folder(script: &str) -> String {
    match WindowsPath::parse(script) {
        Ok(path) => path.parent().unwrap_or(path).to_string().to_uppercase(),
        Err(_) => match script.rsplit_once('/') {
            Some(("", _)) => "/".to_owned(),
            Some((folder, _)) => folder.to_owned(),
            None => String::new(),
        },
    }
}

/// The two messages of a failed start. `job_name` is empty for an ad-hoc script; `platform_text` is
/// the operating system's reason and is shown as it is, full stop or not.
pub fn start_error(
    job_name: &str,
    program: &str,
    folder: &str,
    platform_text: &str,
) -> [String; 2] {
    [
        format!("Error starting job [{job_name}]"),
        format!(
            "[An error occurred trying to start process '{program}' with working directory '{folder}'. {platform_text}]"
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_those_of_the_seed_log() {
        let folder = display_folder(r"F:\Amt\Scripts\DEMO2\RUN_FILENAMETEST.ps1");
        let text = "The system cannot find the file specified.";
        assert_eq!(
            start_error("", "pwsh", &folder, text),
            [
                "Error starting job []",
                r"[An error occurred trying to start process 'pwsh' with working directory 'F:\AMT\SCRIPTS\DEMO2'. The system cannot find the file specified.]",
            ]
        );
        assert_eq!(start_error("JOB001", "", "", "")[0], "Error starting job [JOB001]");
    }

    #[test]
    fn only_windows_folders_are_upper_case() {
        let cases = [
            ("f:/amt/x.ps1", r"F:\AMT"),
            (r"F:\x.ps1", r"F:\"),
            (r"\\server\share\a\x.ps1", r"\\SERVER\SHARE\A"),
            (r"\\server\share\x.ps1", r"\\SERVER\SHARE"),
            ("/srv/Scripts/x.sh", "/srv/Scripts"),
            ("/x.sh", "/"),
            ("x.sh", ""),
        ];
        for (script, folder) in cases {
            assert_eq!(display_folder(script), folder, "{script}");
        }
    }
}
