//! What events have made other on one day than the definition of a job says (`opcon-domain 1.8`, `$JOB:MAXRUNTIME`, `:TAGADD`,
//! `:TAGDEL`, `:USER`). It counts for that daily job alone, and the definition stays as it is.

use serde::{Deserialize, Serialize};

use crate::name::{BatchUserName, Tag};

/// Tags of one job at most, as of its definition.
pub const TAGS_MAX: usize = 50;

/// What is other on one day.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Changes {
    /// How long it may run, in minutes from 1 to 32767, in place of what its frequency says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_run_minutes: Option<u16>,
    /// Under whom it runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_user: Option<BatchUserName>,
    /// All of its tags; none where they are those of the definition.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

/// A job would have too many tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the job would have {0} tags, more than {TAGS_MAX}; take some away with $JOB:TAGDEL first")]
pub struct TooManyTags(usize);

impl Changes {
    /// The tags of a daily job whose definition has these.
    pub fn tags<'t>(&'t self, defined: &'t [Tag]) -> &'t [Tag] {
        self.tags.as_deref().unwrap_or(defined)
    }

    /// Adds tags that it has not yet.
    ///
    /// # Errors
    /// It would have more than [`TAGS_MAX`]; nothing is added then.
    pub fn add_tags(&mut self, defined: &[Tag], more: &[Tag]) -> Result<(), TooManyTags> {
        let mut tags = self.tags(defined).to_vec();
        for tag in more {
            if !tags.contains(tag) {
                tags.push(tag.clone());
            }
        }
        if tags.len() > TAGS_MAX {
            return Err(TooManyTags(tags.len()));
        }
        self.tags = Some(tags);
        Ok(())
    }

    /// Takes tags away; those that it has not are none.
    pub fn remove_tags(&mut self, defined: &[Tag], gone: &[Tag]) {
        let kept = self.tags(defined).iter().filter(|tag| !gone.contains(tag));
        self.tags = Some(kept.cloned().collect());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(text: &str) -> Vec<Tag> {
        text.split(' ').filter(|tag| !tag.is_empty()).map(|tag| tag.parse().unwrap()).collect()
    }

    #[test]
    fn tags_of_a_day_begin_as_those_of_the_definition_and_change_by_themselves() {
        let defined = tags("a b");
        let mut changes = Changes::default();
        assert_eq!(changes.tags(&defined), defined);
        changes.add_tags(&defined, &tags("b c")).unwrap();
        assert_eq!(changes.tags(&defined), tags("a b c"));
        changes.remove_tags(&defined, &tags("a x"));
        assert_eq!(changes.tags(&defined), tags("b c"));
        changes.remove_tags(&defined, &tags("b c"));
        assert_eq!(changes.tags(&defined), tags(""));
        let many: Vec<Tag> = (0..=TAGS_MAX).map(|n| format!("t{n}").parse().unwrap()).collect();
        let refused = changes.add_tags(&defined, &many).unwrap_err().to_string();
        assert!(refused.contains("51 tags") && refused.contains("TAGDEL"), "{refused}");
        assert_eq!(changes.tags(&defined), tags(""));
    }

    #[test]
    fn what_is_stored_says_only_what_is_other() {
        let stored = |changes: &Changes| serde_json::to_string(changes).unwrap();
        assert_eq!(stored(&Changes::default()), "{}");
        let user = Some("anna".parse().unwrap());
        let changes = Changes { max_run_minutes: Some(5), batch_user: user, tags: None };
        assert_eq!(stored(&changes), r#"{"max_run_minutes":5,"batch_user":"anna"}"#);
        assert_eq!(serde_json::from_str::<Changes>(&stored(&changes)).unwrap(), changes);
    }
}
