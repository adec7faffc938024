//! *Job Name Like* of a conflict.

/// Whether `name` begins with `prefix`, in which `_` stands for any one character (`opcon-domain 1.6`).
pub fn is_name_like(name: &str, prefix: &str) -> bool {
    let mut name = name.chars();
    prefix.chars().all(|wanted| name.next().is_some_and(|c| wanted == '_' || wanted == c))
}
