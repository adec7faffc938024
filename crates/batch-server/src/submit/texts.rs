//! What every text of a start has to keep to, whatever it names.

use amt_protocol::JobAction;

use super::Refused;

/// Longest name of an application, job, queue, user or station, in characters.
const NAME_CHARS_MAX: usize = 128;
/// Longest file name or parameter, in characters.
const TEXT_CHARS_MAX: usize = 4096;

/// Checks length and characters of every text that is stored or looked for.
///
/// # Errors
/// [`Refused`], with the member and what is wrong with it.
pub(super) fn check(action: &JobAction) -> Result<(), Refused> {
    let texts = [
        ("ApplicationName", &action.application_name, NAME_CHARS_MAX),
        ("JobName", &action.job_name, NAME_CHARS_MAX),
        ("SubmitUser", &action.submit_user, NAME_CHARS_MAX),
        ("Station", &action.station, NAME_CHARS_MAX),
        ("User", &action.user, NAME_CHARS_MAX),
        ("QueueName", &action.queue_name, NAME_CHARS_MAX),
        ("ScriptName", &action.script_name, TEXT_CHARS_MAX),
        ("ReportParameter", &action.report_parameter, TEXT_CHARS_MAX),
        ("GlobalParameter", &action.global_parameter, TEXT_CHARS_MAX),
        ("RequestFile", &action.request_file, TEXT_CHARS_MAX),
    ];
    for (member, text, most) in texts {
        let Some(text) = text else { continue };
        if text.contains('\0') {
            return Err(Refused(format!("{member}: remove the character U+0000")));
        }
        let count = text.chars().count();
        if count > most {
            return Err(Refused(format!("{member} has {count} characters, use at most {most}")));
        }
    }
    Ok(())
}
