use proptest::prelude::*;
use settings::{AclAccess, AclLine};

use super::*;
use crate::topic::matches;

fn who<'a>(user: Option<&'a str>, client_id: &'a str) -> Subject<'a> {
    Subject { client_id, user }
}

fn acl(lines: &[(Option<&str>, &str, AclAccess)]) -> Acl {
    let lines: Vec<AclLine> = lines
        .iter()
        .map(|(user, topic, access)| {
            let line = AclLine::new(*topic, *access);
            match user {
                Some(user) => line.of(*user),
                None => line,
            }
        })
        .collect();
    Acl::of_lines(&lines).expect("its filters are valid")
}

#[test]
fn no_lines_allow_everything() {
    let open = Acl::of_lines(&[]).expect("nothing is wrong");
    assert!(open.is_open());
    for action in Action::ALL {
        assert!(open.ruling(action, who(None, "c"), "a/b").allowed);
    }
}

#[test]
fn a_bad_filter_is_told_by_its_number() {
    let lines = [
        AclLine::new("a", AclAccess::Read),
        AclLine::new("a/#/b", AclAccess::Read),
    ];
    let (index, why) = Acl::of_lines(&lines).expect_err("its filter is invalid");
    assert!(index == 1 && why.contains("'#' is not the last level"), "{why}");
}

#[test]
fn lines_of_a_user_come_before_those_for_everybody_and_deny_before_allow() {
    use AclAccess::{Deny, Read, ReadWrite, Write};
    let acl = acl(&[
        (None, "#", Read),
        (None, "secret/#", Deny),
        (Some("ann"), "secret/of/ann", ReadWrite),
        (Some("ann"), "secret/of/ann/not", ReadWrite),
        (Some("ann"), "secret/of/ann/not", Deny),
        (Some(""), "public", Write),
    ]);
    let may = |action, user, topic| acl.ruling(action, who(user, "c"), topic).allowed;
    assert!(may(Action::Receive, Some("ann"), "secret/of/ann"));
    assert!(!may(Action::Receive, Some("ann"), "secret/of/ann/not"));
    assert!(!may(Action::Receive, Some("bob"), "secret/of/ann"));
    assert!(may(Action::Receive, Some("bob"), "else"));
    assert!(!may(Action::Publish, Some("bob"), "else"));
    assert!(may(Action::Publish, None, "public") && !may(Action::Publish, Some("bob"), "public"));
    let line = |topic| acl.ruling(Action::Receive, who(Some("bob"), "c"), topic).line;
    assert_eq!(line("secret/x"), Some("the setting acl[1]: deny secret/#"));
    assert_eq!(line("$SYS/x"), None, "a # in front leaves topics with $ out");
}

#[test]
fn names_may_stand_anywhere_in_a_level_and_have_slashes_in_them() {
    let acl = acl(&[
        (None, "x/%u-%c/+/end", AclAccess::ReadWrite),
        (None, "%c", AclAccess::Read),
    ]);
    let may = |user, client, topic| acl.ruling(Action::Publish, who(user, client), topic).allowed;
    assert!(may(Some("u"), "c", "x/u-c/1/end"));
    assert!(!may(Some("u"), "c", "x/u-c/1/2/end") && !may(Some("u"), "c", "x/u-d/1/end"));
    assert!(may(Some("a/b"), "c/d", "x/a/b-c/d/1/end"));
    assert!(!may(Some("a/b"), "c/d", "x/a/b-c/1/end"));
    assert!(
        !may(None, "c", "x/-c/1/end"),
        "without a user name it does not count"
    );
    let read = |client, topic| acl.ruling(Action::Receive, who(None, client), topic).allowed;
    assert!(read("lamp", "lamp") && read("a/b", "a/b") && !read("lamp", "lam") && !read("lamp", "lamp/x"));
}

#[test]
fn a_name_with_a_wildcard_gets_nothing_from_lines_with_names() {
    let acl = acl(&[
        (None, "home/%u/#", AclAccess::ReadWrite),
        (Some("+"), "own", AclAccess::ReadWrite),
    ]);
    for user in ["+", "#", "a/+", "x#"] {
        let ruling = acl.ruling(Action::Publish, who(Some(user), "c"), "home/ann/x");
        assert!(!ruling.allowed && ruling.why().contains("'+' or '#'"), "{user}");
        assert!(
            !acl.ruling(Action::Subscribe, who(Some(user), "c"), "home/#")
                .allowed
        );
    }
    assert!(acl.ruling(Action::Publish, who(Some("+"), "c"), "own").allowed);
    assert!(
        acl.ruling(Action::Publish, who(Some("ann"), "#"), "home/ann/x")
            .allowed
    );
}

#[test]
fn a_client_may_subscribe_where_it_may_read_something() {
    use AclAccess::{Deny, Read, Write};
    let acl = acl(&[
        (None, "a/+/c", Read),
        (None, "w/#", Write),
        (None, "d/#", Read),
        (None, "d/x/#", Deny),
        (None, "of/%u/x", Read),
        (None, "$SYS/#", Read),
    ]);
    let says = |filter| acl.ruling(Action::Subscribe, who(Some("ann/b"), "c"), filter);
    for filter in [
        "#",
        "+/#",
        "a/#",
        "a/+/+",
        "a/b/c",
        "a/b/#",
        "a/+/c",
        "+/b/c",
        "+/+/c/#",
        "d/#",
        "d",
        "d/+",
        "d/+/x",
        "of/#",
        "of/ann/b/x",
        "of/+/b/x",
        "of/+/#",
        "$SYS/x",
        "$SYS/#",
        "$SYS/+/y",
    ] {
        assert!(says(filter).allowed, "{filter}");
    }
    for filter in [
        "a", "a/b", "a/+", "a/b/d", "w/#", "w/x", "d/x", "d/x/#", "d/x/y", "of/ann/x", "of/+/x", "x/#",
        "$x/#", "$SYS",
    ] {
        let allowed = says(filter).allowed;
        assert_eq!(allowed, filter == "$SYS", "{filter}");
    }
    assert_eq!(says("d/x/+").line, Some("the setting acl[3]: deny d/x/#"));
    assert_eq!(says("w/#").why(), "no line of the setting acl allows it");
    assert!(acl.ruling(Action::Unsubscribe, who(None, "c"), "w/#").allowed);
}

#[test]
fn a_search_that_finds_only_hidden_rules_ends() {
    let lines: Vec<AclLine> = (0..20_000)
        .map(|n| AclLine::new(format!("a/{n}"), AclAccess::Read))
        .chain([AclLine::new("a/+", AclAccess::Deny)])
        .collect();
    let acl = Acl::of_lines(&lines).expect("valid");
    let ruling = acl.ruling(Action::Subscribe, who(None, "c"), "+/+");
    assert!(ruling.looked_at < 2 * 4096, "{ruling:?}");
    assert!(!acl.ruling(Action::Subscribe, who(None, "c"), "a/+").allowed);
    assert!(!acl.ruling(Action::Receive, who(None, "c"), "a/7").allowed);
}

fn rule(filter: &str, actions: &[Action], compare: Compare, allow: bool, rank: i64) -> Rule {
    Rule {
        allow,
        actions: Actions::of(actions),
        filter: filter.into(),
        compare,
        names: true,
        rank,
        line: format!("{filter} {rank}").into(),
    }
}

#[test]
fn rules_for_subscribing_hold_for_all_that_a_filter_selects_or_for_its_text() {
    let mut builder = Acl::builder();
    let list = builder.list();
    let subscribe = &[Action::Subscribe];
    for rule in [
        rule("a/+", subscribe, Compare::Matches, true, 1),
        rule("b/#", subscribe, Compare::Matches, true, 1),
        rule("b/x/#", subscribe, Compare::Literally, false, 0),
        rule("c/#", subscribe, Compare::Literally, true, 0),
        rule("#", &[Action::Unsubscribe], Compare::Matches, true, 0),
    ] {
        builder.rule(list, rule).expect("valid");
    }
    builder.give(Holder::User("ann"), list);
    builder.otherwise(Action::Receive, true, "the default for receiving");
    let acl = builder.build();
    let may = |filter| {
        acl.ruling(Action::Subscribe, who(Some("ann"), "c"), filter)
            .allowed
    };
    assert!(may("a/+") && may("a/b") && !may("a/#") && !may("+/b") && !may("#"));
    assert!(may("b/#") && may("b") && may("b/x/+") && !may("b/x/#"));
    assert!(may("c/#") && !may("c/x") && !may("c/+"));
    assert!(
        acl.ruling(Action::Unsubscribe, who(Some("ann"), "c"), "any/#")
            .allowed
    );
    assert!(!acl.ruling(Action::Unsubscribe, who(None, "c"), "any/#").allowed);
    let receive = acl.ruling(Action::Receive, who(None, "c"), "x");
    assert_eq!(
        (receive.allowed, receive.why()),
        (true, "the default for receiving")
    );
}

#[test]
fn the_first_list_with_a_rule_decides_and_in_it_the_best_rank() {
    let mut builder = Acl::builder();
    let both = &[Action::Publish];
    let [first, second, all, own] = [(); 4].map(|()| builder.list());
    builder
        .rule(first, rule("a/#", both, Compare::Matches, false, 5))
        .expect("valid");
    builder
        .rule(first, rule("a/b", both, Compare::Matches, true, -3))
        .expect("valid");
    builder
        .rule(second, rule("#", both, Compare::Matches, true, -9))
        .expect("valid");
    builder
        .rule(all, rule("z", both, Compare::Matches, true, 0))
        .expect("valid");
    builder
        .rule(own, rule("a/c", both, Compare::Matches, true, 0))
        .expect("valid");
    builder.give(Holder::User("ann"), first);
    builder.give(Holder::User("ann"), second);
    builder.give(Holder::WithoutUser, second);
    builder.give(Holder::Everybody, all);
    builder.give(Holder::Client("special"), own);
    let acl = builder.build();
    let may = |user, client, topic| acl.ruling(Action::Publish, who(user, client), topic).allowed;
    assert!(may(Some("ann"), "c", "a/b") && !may(Some("ann"), "c", "a/c") && may(Some("ann"), "c", "x"));
    assert!(may(Some("ann"), "special", "a/c") && may(None, "c", "a/c") && may(Some("bob"), "c", "z"));
    assert!(!may(Some("bob"), "c", "x"));
}

#[test]
fn an_acl_of_the_client_alone_is_asked_first() {
    use AclAccess::{Deny, ReadWrite};
    let own = acl(&[(None, "own/#", ReadWrite), (None, "common/x", Deny)]);
    let common = acl(&[(None, "common/#", ReadWrite)]);
    let both = |common: &Acl, topic| {
        Acl::ruling_of_both(Some(&own), common, Action::Publish, who(None, "c"), topic).allowed
    };
    assert!(both(&common, "own/1") && both(&common, "common/1"));
    assert!(!both(&common, "common/x") && !both(&common, "else"));
    assert!(!both(&Acl::open(), "else") && both(&Acl::open(), "own/1"));
    assert!(Acl::ruling_of_both(None, &Acl::open(), Action::Publish, who(None, "c"), "else").allowed);
}

const NAMES: [&str; 6] = ["a", "b", "", "$s", "a/b", "x"];

fn levels(of: &'static [&'static str]) -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(of), 1..4)
        .prop_map(|levels| levels.join("/"))
        .prop_filter("not empty", |text| !text.is_empty())
}

fn filters() -> impl Strategy<Value = String> {
    let with_end = (levels(&["a", "b", "", "+", "$s", "%u", "x%c"]), any::<bool>());
    prop_oneof![
        9 => with_end.prop_map(|(levels, end)| if end { format!("{levels}/#") } else { levels }),
        1 => Just("#".to_owned()),
    ]
}

type Line = (Option<&'static str>, String, AclAccess);

fn any_lines() -> impl Strategy<Value = Vec<Line>> {
    let user = prop::sample::select(&[None, Some("a"), Some("a/b"), Some("")][..]);
    let access = prop::sample::select(
        &[
            AclAccess::Read,
            AclAccess::Write,
            AclAccess::ReadWrite,
            AclAccess::Deny,
            AclAccess::Deny,
        ][..],
    );
    prop::collection::vec((user, filters(), access), 1..12)
}

/// What mosquitto would say, line by line.
fn naive(lines: &[Line], action: Action, who: Subject<'_>, topic: &str) -> bool {
    for everybody in [false, true] {
        let mine = |user: Option<&str>| match user {
            None => everybody,
            Some(name) => !everybody && who.user.unwrap_or("") == name,
        };
        for deny in [true, false] {
            for (_, filter, access) in lines.iter().filter(|(user, ..)| mine(*user)) {
                let speaks = match access {
                    AclAccess::Read => !deny && action == Action::Receive,
                    AclAccess::Write => !deny && action == Action::Publish,
                    AclAccess::Deny => deny,
                    _ => !deny,
                };
                if filter.contains("%u") && who.user.is_none() {
                    continue;
                }
                let filter = filter
                    .replace("%u", who.user.unwrap_or(""))
                    .replace("%c", who.client_id);
                if speaks && matches(&filter, topic) {
                    return !deny;
                }
            }
        }
    }
    false
}

fn topics() -> Vec<String> {
    let mut topics: Vec<String> = Vec::new();
    for one in NAMES {
        topics.push(one.to_owned());
        for two in NAMES {
            topics.push(format!("{one}/{two}"));
            for three in ["a", "b", "", "xa"] {
                topics.push(format!("{one}/{two}/{three}"));
            }
        }
    }
    topics.retain(|topic| !topic.is_empty());
    topics
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn the_tree_says_what_a_look_at_each_line_says(lines in any_lines(), client in prop::sample::select(&["a", "a/b"][..])) {
        let acl = acl(&lines.iter().map(|(user, filter, access)| (*user, &**filter, *access)).collect::<Vec<_>>());
        // An empty user name is another thing than none; lines say both with an empty text.
        for user in [None, Some("a"), Some("a/b"), Some("b")] {
            let who = who(user, client);
            for topic in topics() {
                for action in [Action::Publish, Action::Receive] {
                    let said = acl.ruling(action, who, &topic);
                    prop_assert_eq!(said.allowed, naive(&lines, action, who, &topic), "{:?} {} {:?}", who, topic, said);
                }
            }
        }
    }

    #[test]
    fn no_subscription_is_refused_that_could_get_something(lines in any_lines(), filter in filters()) {
        let acl = acl(&lines.iter().map(|(user, filter, access)| (*user, &**filter, *access)).collect::<Vec<_>>());
        let who = who(Some("a/b"), "a");
        let filter = filter.replace("%u", "a").replace("%c", "a");
        let readable = topics().into_iter().find(|topic| matches(&filter, topic) && naive(&lines, Action::Receive, who, topic));
        let said = acl.ruling(Action::Subscribe, who, &filter);
        prop_assert!(said.allowed || readable.is_none(), "{} {:?} {:?}", filter, readable, said);
    }
}
