//! [`Members`]: comparisons by the name of the field that they are about.

use super::comparison::Comparison;

/// Comparisons by name, in the order in which they were said. The order does not matter for what they mean.
#[derive(Debug, Clone, Default)]
pub(crate) struct Members(Vec<(String, Comparison)>);

impl Members {
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Comparison)> {
        self.0.iter().map(|(name, comparison)| (&**name, comparison))
    }

    pub fn weight(&self) -> usize {
        self.0.iter().map(|(_, one)| one.weight()).sum()
    }

    pub fn get(&self, name: &str) -> Option<&Comparison> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, comparison)| comparison)
    }

    /// In place of what was said of this field before.
    pub fn set(&mut self, name: &str, comparison: Comparison) {
        match self.get_mut(name) {
            Some(before) => *before = comparison,
            None => self.0.push((name.to_owned(), comparison)),
        }
    }

    /// Beside what was said of this field before: then both have to fit. A path such as `will.topic` leads into members.
    pub fn add(&mut self, path: &str, comparison: Comparison) {
        if let Some((name, rest)) = path.split_once('.') {
            if let Some(Comparison::Members(inside)) = self.get_mut(name) {
                return inside.add(rest, comparison);
            }
            let mut inside = Members::default();
            inside.add(rest, comparison);
            return self.add(name, Comparison::Members(inside));
        }
        match self.get_mut(path) {
            Some(Comparison::All(all)) => all.push(comparison),
            Some(before) => {
                let first = std::mem::replace(before, Comparison::Present(true));
                *before = Comparison::All(vec![first, comparison]);
            }
            None => self.0.push((path.to_owned(), comparison)),
        }
    }

    fn get_mut(&mut self, name: &str) -> Option<&mut Comparison> {
        let found = self.0.iter_mut().find(|(known, _)| known == name);
        found.map(|(_, comparison)| comparison)
    }
}

impl PartialEq for Members {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.iter().all(|(name, it)| other.get(name) == Some(it))
    }
}
