//! The names of daily schedules (`opcon-domain 1.2`).

pub use crate::job::instance_name::NoName;
use crate::job::instance_name::{numbered, value_part};
use crate::name::ScheduleName;

/// Longest name of a daily schedule, in characters.
pub const CHARS_MAX: usize = 255;

/// The name of an instance: `Name` or `Name_<value of the first property>`; where that is taken,
/// `Name$0002`, `Name_<value>$0002` and so on. Whether the instance is a new one at all, or replaces one
/// with the same properties, is decided before.
///
/// Characters of the value that no name may have are left out, and a long value is cut so that the name has
/// room: the property keeps its value.
///
/// # Errors
/// All numbers are taken.
pub fn instance_name(
    schedule: &ScheduleName,
    first_value: Option<&str>,
    is_taken: impl Fn(&str) -> bool,
) -> Result<String, NoName> {
    let used = schedule.as_str().chars().count() + "$0001".len();
    let value = value_part(first_value, CHARS_MAX.saturating_sub(used));
    let wanted = format!("{schedule}{value}");
    if !is_taken(&wanted) {
        return Ok(wanted);
    }
    numbered(&wanted, 2, CHARS_MAX, is_taken)
}

/// The name of a subschedule: `Parent_ContainerJob[Sub]`, where each of the three may be an instance.
///
/// # Errors
/// It is too long: containers in containers have used up the room.
pub fn subschedule_name(
    parent: &str,
    container_job: &str,
    subschedule: &str,
) -> Result<String, NoName> {
    let name = format!("{parent}_{container_job}[{subschedule}]");
    let chars = name.chars().count();
    if chars > CHARS_MAX {
        return Err(NoName::TooLong { name, chars, max: CHARS_MAX });
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(value: Option<&str>, taken: &[&str]) -> String {
        let schedule: ScheduleName = "MyScheduleName".parse().unwrap();
        instance_name(&schedule, value, |name| taken.contains(&name)).unwrap()
    }

    #[test]
    fn instances_are_numbered_from_two_or_named_by_their_first_property() {
        assert_eq!(name(None, &[]), "MyScheduleName");
        assert_eq!(name(None, &["MyScheduleName"]), "MyScheduleName$0002");
        let taken = ["MyScheduleName", "MyScheduleName$0002"];
        assert_eq!(name(None, &taken), "MyScheduleName$0003");
        assert_eq!(name(Some("abc.txt"), &taken), "MyScheduleName_abc.txt");
        let taken = ["MyScheduleName_abc.txt"];
        assert_eq!(name(Some("abc.txt"), &taken), "MyScheduleName_abc.txt$0002");
        assert_eq!(name(Some(" [a]; b "), &[]), "MyScheduleName_a b");
    }

    #[test]
    fn subschedules_carry_their_parents_until_the_room_is_used_up() {
        let first = subschedule_name("MyParent", "Run", "Sub").unwrap();
        assert_eq!(first, "MyParent_Run[Sub]");
        let second = subschedule_name(&first, "Backup", "BackupProcess").unwrap();
        assert_eq!(second, "MyParent_Run[Sub]_Backup[BackupProcess]");
        assert!(
            subschedule_name(&"p".repeat(244), "Backup", "S").is_ok_and(|name| name.len() == 254)
        );
        let error = subschedule_name(&"p".repeat(246), "Backup", "S").unwrap_err();
        assert!(error.to_string().contains("has 256 characters, more than 255"), "{error}");
    }

    #[test]
    fn a_long_value_leaves_room_for_a_number() {
        let value = "v".repeat(4000);
        let first = name(Some(&value), &[]);
        let second = name(Some(&value), &[&first]);
        assert_eq!(second, format!("{first}$0002"));
        assert_eq!(second.chars().count(), CHARS_MAX);
    }
}
