//! One shared subscription: its members, and which of them gets the next message (section 4.8.2 of MQTT 5.0).

/// How a shared subscription chooses the member that gets a message. The standard leaves it to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum ShareStrategy {
    /// Each member in turn, in the order of joining.
    #[default]
    RoundRobin,
    /// Any member, all equally likely.
    Random,
    /// The same member as long as it can be chosen, then another one.
    Sticky,
    /// The member with the lowest load; those with the same load in turn.
    LeastInflight,
}

/// The sessions that share the messages of one filter: those with the same Share Name and the same filter.
#[derive(Debug, Clone)]
pub struct SharedGroup<K, V> {
    name: Box<str>,
    filter: Box<str>,
    /// In the order of joining; never empty while the group can be reached.
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

    /// Goes on from this turn, and with this member.
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
            // The one whose turn it is moves down with all behind the gap.
            self.turn -= 1;
        }
        if self.sticky == Some(key) {
            self.sticky = None;
        }
        Some(self.members.remove(at).1)
    }

    /// Chooses the member that gets one message, and remembers what the strategy needs for the next.
    ///
    /// `load` says of a member how busy it is, in whatever unit the caller counts (only
    /// [`ShareStrategy::LeastInflight`] compares), or `None` if it cannot be chosen now: not connected, or the one that
    /// was just tried. `random` is used by [`ShareStrategy::Random`] alone: 64 random bits.
    ///
    /// Returns `None` if no member can be chosen; then nothing has changed. Two calls make a preference: first with
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
                    // A miss counts anew among the eligible: walking on from it would favour those behind the others.
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
                // Of equal loads, `min_by_key` takes the first: the one whose turn comes soonest.
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

/// Other 64 bits out of these (the finaliser of `SplitMix64`), for a second draw that does not follow the first.
const fn remix(bits: u64) -> u64 {
    let bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::ShareStrategy::{LeastInflight, Random, RoundRobin, Sticky};
    use super::*;

    fn group(keys: &[u32]) -> SharedGroup<u32, ()> {
        let mut group = SharedGroup::new("g", "a/+");
        for &key in keys {
            assert_eq!(group.insert(key, ()), None);
        }
        group
    }

    fn picks(group: &mut SharedGroup<u32, ()>, strategy: ShareStrategy, count: u64) -> Vec<u32> {
        (0..count)
            .map(|n| {
                group
                    .pick(strategy, n, |_, ()| Some(0))
                    .expect("all are eligible")
                    .0
            })
            .collect()
    }

    #[test]
    fn round_robin_goes_in_the_order_of_joining() {
        let mut group = group(&[30, 10, 20]);
        assert_eq!(picks(&mut group, RoundRobin, 7), [30, 10, 20, 30, 10, 20, 30]);
    }

    #[test]
    fn round_robin_survives_leaving_and_joining() {
        let mut group = group(&[1, 2, 3, 4]);
        assert_eq!(picks(&mut group, RoundRobin, 2), [1, 2]);
        group.remove(1);
        assert_eq!(
            picks(&mut group, RoundRobin, 1),
            [3],
            "nobody is passed over when one before leaves"
        );
        group.remove(4);
        group.insert(5, ());
        assert_eq!(picks(&mut group, RoundRobin, 4), [5, 2, 3, 5]);
        group.insert(3, ());
        assert_eq!(
            picks(&mut group, RoundRobin, 3),
            [2, 3, 5],
            "subscribing again keeps the place"
        );
    }

    #[test]
    fn whom_the_caller_refuses_is_never_chosen() {
        let mut group = group(&[1, 2, 3]);
        for strategy in [RoundRobin, Random, Sticky, LeastInflight] {
            for n in 0..50_u64 {
                let random = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
                let picked = group
                    .pick(strategy, random, |key, ()| (*key != 2).then_some(0))
                    .expect("two are eligible")
                    .0;
                assert_ne!(picked, 2, "{strategy:?}");
            }
            assert_eq!(group.pick(strategy, 7, |_, ()| None), None, "{strategy:?}");
        }
    }

    #[test]
    fn a_pick_in_vain_changes_nothing() {
        let mut group = group(&[1, 2, 3]);
        assert_eq!(picks(&mut group, RoundRobin, 1), [1]);
        assert_eq!(group.pick(RoundRobin, 0, |_, ()| None), None);
        assert_eq!(picks(&mut group, RoundRobin, 1), [2]);
    }

    #[test]
    fn random_is_even_among_the_eligible() {
        let mut group = group(&[0, 1, 2, 3, 4, 5, 6, 7]);
        let mut counts = [0_u32; 8];
        let mut state = 1_u64;
        for _ in 0..30_000 {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let (key, ()) = group
                .pick(Random, remix(state), |key, ()| {
                    (key % 2 == 0 || *key > 5).then_some(0)
                })
                .expect("some");
            counts[key as usize] += 1;
        }
        for (key, &count) in counts.iter().enumerate() {
            // Eligible are 0, 2, 4, 6 and 7: 6,000 each, give or take six standard deviations.
            let expected = if key % 2 == 0 || key > 5 {
                5_580..6_420
            } else {
                0..1
            };
            assert!(expected.contains(&count), "{key} was chosen {count} times");
        }
    }

    #[test]
    fn the_same_bits_choose_the_same_member() {
        let (mut one, mut two) = (group(&[1, 2, 3]), group(&[1, 2, 3]));
        for n in 0..100_u64 {
            let random = remix(n);
            assert_eq!(
                one.pick(Random, random, |_, ()| Some(0)),
                two.pick(Random, random, |_, ()| Some(0))
            );
        }
        assert_eq!(one.pick(Random, u64::MAX, |_, ()| Some(0)), Some((3, &())));
        assert_eq!(one.pick(Random, 0, |_, ()| Some(0)), Some((1, &())));
    }

    #[test]
    fn sticky_stays_until_it_cannot() {
        let mut group = group(&[1, 2, 3]);
        assert_eq!(picks(&mut group, Sticky, 3), [1, 1, 1]);
        assert_eq!(
            group.pick(Sticky, 0, |key, ()| (*key != 1).then_some(0)),
            Some((2, &()))
        );
        assert_eq!(picks(&mut group, Sticky, 2), [2, 2], "it stays with the new one");
        group.remove(2);
        assert_eq!(picks(&mut group, Sticky, 2), [3, 3]);
    }

    #[test]
    fn least_inflight_takes_the_lowest_and_shares_ties() {
        let mut group = group(&[1, 2, 3]);
        let loads = |key: &u32, (): &()| Some([9, 5, 1, 1][*key as usize]);
        let picked: Vec<u32> = (0..4)
            .map(|_| group.pick(LeastInflight, 0, loads).expect("some").0)
            .collect();
        assert_eq!(picked, [2, 3, 2, 3]);
        assert_eq!(picks(&mut group, LeastInflight, 4), [1, 2, 3, 1]);
    }

    #[test]
    fn an_empty_group_picks_nobody() {
        let mut group = group(&[]);
        for strategy in [RoundRobin, Random, Sticky, LeastInflight] {
            assert_eq!(group.pick(strategy, 5, |_, ()| Some(0)), None);
        }
    }
}
