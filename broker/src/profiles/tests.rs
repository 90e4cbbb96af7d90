//! The profiles that the broker has are right; what is wrong with a file is told with its line.

use super::*;
use crate::profile::KINDS;

#[test]
fn each_profile_can_be_read_and_says_where_each_figure_is_from() {
    let mut before = "";
    for name in names() {
        assert!(before < name, "{name} stands in its place");
        before = name;
        let profile = find(name).unwrap_or_else(|invalid| panic!("{invalid}"));
        assert_eq!(profile.name, name);
        assert!(!profile.about.is_empty() && !profile.limits.is_empty(), "{name}");
        for limit in &profile.limits {
            assert!(
                limit.source.len() > 3 && &*limit.as_of >= "2016",
                "{name}: {limit:?}"
            );
        }
    }
    assert_eq!(all().count(), names().count());
}

#[test]
fn the_folder_has_no_other_profile() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("profiles");
    let mut found: Vec<String> = std::fs::read_dir(folder)
        .expect("it is there")
        .map(|file| file.expect("it can be read").path())
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    found.sort();
    assert_eq!(found, names().collect::<Vec<_>>());
}

#[test]
fn what_is_wrong_with_a_file_is_told_with_its_line() {
    let limit = "[[limit]]\nname = \"publis_qos\"\noutcome = \"close\"\nsource = \"x\"\n";
    let text = format!("title = \"Ours\"\nas_of = \"today\"\n\n{limit}");
    let said = read("ours", Path::new("a/ours.toml"), &text)
        .unwrap_err()
        .to_string();
    for line in [
        "profile \"ours\": 2 mistakes:",
        "\n  a/ours.toml:2: as_of: it is a day such as \"2026-11-28\", not \"today\"",
        "\n  a/ours.toml:5: limit[0].name: there is no \"publis_qos\" here (did you mean \"publish_qos\"?)",
    ] {
        assert!(said.contains(line), "{line}\n{said}");
    }
    let said = read("ours", Path::new("a/ours.toml"), "title")
        .unwrap_err()
        .to_string();
    assert!(said.contains("a/ours.toml:1"), "{said}");
    let said = find("no/such.toml").unwrap_err().to_string();
    assert!(
        said.starts_with("profile no/such.toml: cannot read it: "),
        "{said}"
    );
}

#[test]
fn each_kind_has_words_for_people() {
    for kind in KINDS {
        assert!(kind.what.trim().ends_with('.'), "{}", kind.name);
    }
}
