//! Lists in the order of names, page by page.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(super) struct Page {
    /// `meta.next` of the page before.
    pub after: Option<String>,
    /// How many at most: 100 where it is not said, and never more than 1000.
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
}

impl Page {
    pub fn after(&self) -> &str {
        self.after.as_deref().unwrap_or_default()
    }
}

/// Where a page of names stands.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct More {
    /// The next page comes with `after` = this; `null` where this is the last one.
    pub next: Option<String>,
}

impl More {
    /// Cuts what was found to a page. There is more behind it if one more was found than it has room for.
    pub fn than<T>(limit: usize, found: &mut Vec<T>, name: impl FnOnce(&T) -> String) -> Self {
        let is_more = found.len() > limit;
        found.truncate(limit);
        Self {
            next: found.last().filter(|_| is_more).map(name),
        }
    }
}
