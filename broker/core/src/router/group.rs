//! One shared subscription: its members, and the choice of the member that gets the next message (section 4.8.2 of MQTT
//! 5.0).

/// How a shared subscription chooses the member that gets a message. The standard leaves the choice to the server.
///
/// ```
/// use broker_core::router::{ShareStrategy, Subscriptions};
///
/// let mut subscriptions = Subscriptions::new();
/// for key in [1, 2] {
///     subscriptions.insert_shared("g", "a", key, ());
/// }
/// let group = subscriptions.shared_mut("g", "a").unwrap();
/// let mut pick = |strategy| group.pick(strategy, 0, |_, ()| Some(0)).map(|(key, ())| key);
/// assert_eq!([(); 3].map(|()| pick(ShareStrategy::RoundRobin)), [Some(1), Some(2), Some(1)]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ShareStrategy {
    /// Each member in turn, in the order of joining.
    #[default]
    RoundRobin,
    /// Any member, all equally likely.
    Random,
    /// The same member while it can be chosen, then another one.
    Sticky,
    /// The member with the lowest load; members with the same load take turns.
    LeastInflight,
}

/// The sessions that share the messages of one filter: those with the same Share Name and the same filter.
///
/// ```
/// use broker_core::router::Subscriptions;
///
/// let mut subscriptions = Subscriptions::new();
/// subscriptions.insert_shared("g", "a/+", 1, "QoS 1"); // $share/g/a/+
/// let group = subscriptions.shared("g", "a/+").unwrap();
/// assert_eq!((group.name(), group.filter(), group.members()), ("g", "a/+", &[(1, "QoS 1")][..]));
/// ```
#[derive(Debug, Clone)]
pub struct SharedGroup<K, V> {
    name: Box<str>,
    filter: Box<str>,
    /// The members in the order of joining. Never empty while the group is in its list.
    members: Vec<(K, V)>,
    /// The index of the member whose turn is next; may be one past the end.
    turn: usize,
    /// Whom [`ShareStrategy::Sticky`] chose last.
    sticky: Option<K>,
}

impl<K: Copy + Eq, V> SharedGroup<K, V> {
    pub(super) fn new(name: &str, filter: &str) -> Self {
        Self {
            name: name.into(),
            filter: filter.into(),
            members: Vec::new(),
            turn: 0,
            sticky: None,
        }
    }

    /// The Share Name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The topic filter, without `$share/name/`.
    pub fn filter(&self) -> &str {
        &self.filter
    }

    /// The members with their values, in the order of joining. Subscribing again keeps a member's place.
    pub fn members(&self) -> &[(K, V)] {
        &self.members
    }

    /// The value of one member.
    pub fn get(&self, key: K) -> Option<&V> {
        self.members
            .iter()
            .find(|(member, _)| *member == key)
            .map(|(_, value)| value)
    }

    /// The place among the members whose turn is next; may be one past the end.
    pub fn turn(&self) -> usize {
        self.turn
    }

    /// Whom [`ShareStrategy::Sticky`] chose last.
    pub fn sticky(&self) -> Option<K> {
        self.sticky
    }

    /// Restores the turn, and the member that `sticky` chose last.
    pub fn set_turn(&mut self, turn: usize, sticky: Option<K>) {
        self.turn = turn.min(self.members.len());
        self.sticky = sticky.filter(|key| self.get(*key).is_some());
    }

    pub(super) fn insert(&mut self, key: K, value: V) -> Option<V> {
        if let Some((_, old)) = self.members.iter_mut().find(|(member, _)| *member == key) {
            return Some(std::mem::replace(old, value));
        }
        self.members.push((key, value));
        None
    }

    pub(super) fn remove(&mut self, key: K) -> Option<V> {
        let at = self.members.iter().position(|(member, _)| *member == key)?;
        if at < self.turn {
            // The members behind the gap move down by one, and so does the turn.
            self.turn -= 1;
        }
        if self.sticky == Some(key) {
            self.sticky = None;
        }
        Some(self.members.remove(at).1)
    }

    /// Chooses the member that gets one message, and remembers what the strategy needs for the next message.
    ///
    /// `load` says how busy a member is, in any unit of the caller ([`ShareStrategy::LeastInflight`] alone compares
    /// loads). It says `None` if the member cannot be chosen now: it is not connected, or it was just tried. `random`
    /// is 64 random bits, for [`ShareStrategy::Random`] alone.
    ///
    /// Returns `None` and changes nothing if no member can be chosen. To prefer some members, call it twice: first with
    /// only the connected members eligible, then with all.
    pub fn pick(
        &mut self,
        strategy: ShareStrategy,
        random: u64,
        mut load: impl FnMut(&K, &V) -> Option<u64>,
    ) -> Option<(K, &V)> {
        let mut load_at = |at: usize| self.members.get(at).and_then(|(key, value)| load(key, value));
        let len = self.members.len();
        let first_turn = if self.turn < len { self.turn } else { 0 };
        let mut turns = (first_turn..len).chain(0..first_turn);
        let chosen = match strategy {
            ShareStrategy::RoundRobin => turns.find(|&at| load_at(at).is_some())?,
            ShareStrategy::Random => {
                let at = scale(random, len);
                if load_at(at).is_some() {
                    at
                } else {
                    // If the draw is not eligible, draw again among the eligible members. Taking the next eligible
                    // member instead would favour members that stand behind others.
                    let eligible = (0..len).filter(|&at| load_at(at).is_some()).count();
                    let nth = scale(remix(random), eligible);
                    (0..len).filter(|&at| load_at(at).is_some()).nth(nth)?
                }
            }
            ShareStrategy::Sticky => {
                let last = self
                    .sticky
                    .and_then(|key| self.members.iter().position(|(member, _)| *member == key));
                match last.filter(|&at| load_at(at).is_some()) {
                    Some(at) => at,
                    None => turns.find(|&at| load_at(at).is_some())?,
                }
            }
            ShareStrategy::LeastInflight => {
                // Of equal loads, `min_by_key` takes the first: the member whose turn comes soonest.
                turns
                    .filter_map(|at| Some((load_at(at)?, at)))
                    .min_by_key(|&(load, _)| load)?
                    .1
            }
        };
        let (key, value) = self.members.get(chosen)?;
        self.turn = chosen + 1;
        if strategy == ShareStrategy::Sticky {
            self.sticky = Some(*key);
        }
        Some((*key, value))
    }
}

/// Maps 64 random bits evenly to `0..len`; 0 if that is empty.
fn scale(random: u64, len: usize) -> usize {
    ((u128::from(random) * len as u128) >> 64) as usize
}

/// Makes 64 other bits of these (the finaliser of `SplitMix64`), for a second draw that does not depend on the first.
const fn remix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests;
