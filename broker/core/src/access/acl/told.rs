//! The lines of an ACL without their numbers: what is told of a change.

use std::collections::BTreeSet;

use super::{Acl, Inner, ListId};

/// A line: where it stands, for whom it is, and what it says.
pub(crate) type Told = (String, String, String);

impl Acl {
    /// All lines.
    pub(crate) fn told(&self) -> BTreeSet<Told> {
        let Some(inner) = &self.0 else {
            return BTreeSet::new();
        };
        let mut told = BTreeSet::new();
        inner.tell("everybody", &inner.everybody, &mut told);
        inner.tell("without a user name", &inner.without_user, &mut told);
        for (name, lists) in &inner.users {
            inner.tell(&format!("user {name}"), lists, &mut told);
        }
        for (name, lists) in &inner.clients {
            inner.tell(&format!("client {name}"), lists, &mut told);
        }
        told
    }
}

impl Inner {
    fn tell(&self, holder: &str, lists: &[ListId], told: &mut BTreeSet<Told>) {
        for list in lists {
            for line in self.lists[list.0].lines() {
                let (place, says) = parts(line);
                told.insert((place.to_owned(), holder.to_owned(), says.to_owned()));
            }
        }
    }
}

/// `acl.conf:7: topic read a` and `the setting acl[7]: read a`, without the number.
fn parts(line: &str) -> (&str, &str) {
    let ends = line.match_indices(": ").map(|(end, _)| end);
    let mut places = ends.filter_map(|end| {
        let place = line[..end].trim_end_matches(']');
        let named = place.trim_end_matches(|c: char| c.is_ascii_digit());
        let place = named
            .strip_suffix([':', '['])
            .filter(|_| named.len() < place.len())?;
        Some((place, &line[end + 2..]))
    });
    let numbered = places.next();
    numbered.or_else(|| line.split_once(": ")).unwrap_or((line, ""))
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn a_place_has_no_number() {
        for (line, told) in [
            ("acl.conf:7: topic read a: b", ("acl.conf", "topic read a: b")),
            ("C: x/acl:12: pattern write %u", ("C: x/acl", "pattern write %u")),
            ("the setting acl[0]: deny a", ("the setting acl", "deny a")),
            ("ds.json: role x", ("ds.json", "role x")),
        ] {
            assert_eq!(parts(line), told);
        }
    }
}
