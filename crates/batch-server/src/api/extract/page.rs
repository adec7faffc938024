//! Which part of a list.

use serde::Deserialize;
use utoipa::IntoParams;

use crate::api::problem::Problem;
use crate::configure::PageOf;

/// Most items of one page.
const LIMIT_MAX: i64 = 1000;
const LIMIT_DEFAULT: i64 = 100;

/// Which page of a list.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageParams {
    /// The `next` of the page before; none for the first page.
    pub(crate) after: Option<i64>,
    /// How many items at most: 1 to 1000, 100 by default.
    #[param(minimum = 1, maximum = 1000, default = 100)]
    pub(crate) limit: Option<i64>,
}

impl PageParams {
    /// Checks the range of `limit`.
    pub(crate) fn page(self) -> Result<PageOf, Problem> {
        Ok(PageOf { after: self.after, limit: limit(self.limit)? })
    }
}

/// Checks the range of a page's size.
fn limit(limit: Option<i64>) -> Result<i64, Problem> {
    match limit {
        None => Ok(LIMIT_DEFAULT),
        Some(limit) if (1..=LIMIT_MAX).contains(&limit) => Ok(limit),
        Some(limit) => {
            Err(Problem::invalid("limit", format!("{limit} is out of range, use 1 to {LIMIT_MAX}")))
        }
    }
}
