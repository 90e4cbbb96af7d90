//! The console and the course with the broker in the page: written as a folder, shown by a server of files, and used in a real
//! browser that reaches nobody.

mod course;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tests::harness::browser::Pages;
use tests::harness::folder::Folder;
use tests::harness::peers::{mqtt_js, or_skip};
use tests::harness::tab::Tab;
use tests::site;

/// Everything together is to be smaller.
const MOST_BYTES: u64 = 1_000_000;

/// A path, its type, and its bytes.
type File = (&'static str, &'static str, Vec<u8>);

/// The files of the folder, written once for all tests.
static FILES: LazyLock<Vec<File>> = LazyLock::new(|| written(None));

fn written(library: Option<&Path>) -> Vec<File> {
    let folder = Folder::new();
    site::write(folder.path(), library).expect("the site is written");
    let mut files = Vec::new();
    collect(folder.path(), folder.path(), &mut files);
    files
}

fn collect(root: &Path, folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("it can be read").path();
        if path.is_dir() {
            collect(root, &path, files);
            continue;
        }
        let name = path.strip_prefix(root).expect("it is inside");
        let name = format!("/{}", name.to_string_lossy().replace('\\', "/"));
        let kind = match path.extension().and_then(|ending| ending.to_str()) {
            Some("html") => "text/html",
            Some("js") => "text/javascript",
            Some("css") => "text/css",
            Some("svg") => "image/svg+xml",
            Some("json") => "application/json",
            _ => "application/octet-stream",
        };
        // For as long as the tests run.
        files.push((name.leak(), kind, fs::read(&path).expect("a file")));
    }
}

/// The page, once it has all that it needs; from then on it reaches nobody. Nothing where a browser or the compiler's target is missing.
fn open() -> Option<Tab> {
    or_skip(site::can_be_built())?;
    show(FILES.clone())
}

fn show(files: Vec<File>) -> Option<Tab> {
    let pages = Pages::serve(files);
    let mut tab = Tab::open(&pages.url("localhost", "/index.html"))?;
    tab.until("the page", "tab.lessons && citronella.stream.state === 'live'");
    tab.offline();
    Some(tab)
}

/// Texts of all elements that a selector means.
fn texts(selector: &str) -> String {
    format!("[...document.querySelectorAll({selector:?})].map(one => one.textContent).join('\\n')")
}

#[track_caller]
fn shows(tab: &mut Tab, selector: &str, text: &str) {
    tab.until(text, &format!("{}.includes({text:?})", texts(selector)));
}

#[track_caller]
fn is_well(tab: &mut Tab) {
    assert_eq!(tab.faults(), [] as [String; 0]);
}

/// Types a command in the page, and presses Enter.
fn run(tab: &mut Tab, command: &str) {
    // One that was refused stands there still.
    tab.value("document.querySelector('#command').select()");
    tab.write(command);
    tab.press("Enter");
    tab.press("Escape");
}

#[test]
fn everything_together_is_small_and_reaches_for_nothing_else() {
    let Some(()) = or_skip(site::can_be_built()) else {
        return;
    };
    let sum: usize = FILES.iter().map(|(.., bytes)| bytes.len()).sum();
    assert!((sum as u64) < MOST_BYTES, "{sum} bytes");
    let (.., index) = FILES
        .iter()
        .find(|(name, ..)| *name == "/index.html")
        .expect("a page");
    let index = String::from_utf8_lossy(index);
    assert!(
        !index.contains("=\"/") && !index.contains("http:"),
        "every address is relative: {index}"
    );
}

#[test]
fn both_sides_of_a_first_message_are_seen_while_nobody_can_be_reached() {
    let Some(mut tab) = open() else { return };
    shows(&mut tab, "#start p", "A broker runs in this page.");
    let next = "document.querySelector('#start .waiting').innerText";
    tab.until("a lesson", &format!("{next}.startsWith('Begin with a lesson')"));
    tab.click("#both");
    shows(&mut tab, "#heard li", "test/topicbarQoS 0");
    shows(&mut tab, ".row .k", "SUBSCRIBE");
    shows(&mut tab, "#n-clients", "2 of 2 connected");
    shows(&mut tab, ".topic .tn", "test/topic");
    // What needs a real broker is not offered.
    assert_eq!(tab.value(&texts(".client .more")), json!(""));
    tab.press("Escape");
    tab.press("w");
    tab.until("faults", "document.querySelector('#faults-add') !== null");
    assert_eq!(tab.value(&texts("#workshop .seg button")), json!("Faults"));
    tab.press("Escape");
    tab.click(".row:has(.k.publish)");
    shows(&mut tab, "#inspect .fn", "Topic Name");
    // What the page's broker lacks says so.
    let lacks = tab.value("import('./tab/road.js').then(road => road.request('POST', 'stubs', { body: {} })).then(async answer => [answer.status, (await answer.json()).detail])");
    assert_eq!(
        lacks,
        json!([501, "POST stubs needs a real broker: this one runs in the page"])
    );
    is_well(&mut tab);
}

#[test]
fn while_a_packet_waits_the_clock_waits_too() {
    let Some(mut tab) = open() else { return };
    run(&mut tab, "subscriber -i ear -t bell");
    shows(&mut tab, "#n-clients", "1 of 1 connected");
    tab.click("[data-pace=step]");
    run(&mut tab, "publisher -i mouth -t bell -m ding");
    shows(&mut tab, "#way .mute", "The clock waits, too.");
    let ask = "import('./tab/world.js').then(world => world.clock.shown().now_secs)";
    let before = tab.value(ask);
    tab.value("new Promise(done => setTimeout(done, 20))");
    assert_eq!(tab.value(ask), before);
    tab.click("[data-pace=once]");
    tab.until("it goes on", &format!("{ask}.then(now => now > {before})"));
    shows(&mut tab, ".lesson .heard", "ding");
    is_well(&mut tab);
}

#[test]
fn a_message_whose_session_ended_is_published_anew_and_the_page_says_so() {
    let Some(mut tab) = open() else { return };
    run(&mut tab, "subscriber -i ear -t bell -q 2");
    tab.until(
        "ear listens",
        "citronella.clients.subscriptions('ear').length === 1",
    );
    tab.click("[data-pace=step]");
    run(&mut tab, "publisher -i mouth -t bell -q 2 -m ding");
    let pubrec = ".pkt[aria-label^='PUBREC #1, from the broker to mouth']";
    tab.until(
        "its PUBREC",
        &format!("document.querySelector({pubrec:?}) || (document.querySelector('#step').click(), false)"),
    );
    tab.click("[aria-label='Cut the connection of mouth']");
    tab.click("[data-pace=once]");
    shows(
        &mut tab,
        "#toast",
        "The session of mouth ended with its connection",
    );
    tab.until(
        "ear has it twice",
        "tab.visitors.heard.filter(one => one.payload === 'ding').length === 2",
    );
    is_well(&mut tab);
}

#[test]
fn a_packet_that_is_pressed_is_lost_and_what_it_answered_comes_again() {
    let Some(mut tab) = open() else { return };
    run(&mut tab, "subscriber -i ear -c -t bell -q 1");
    tab.until(
        "ear listens",
        "citronella.clients.subscriptions('ear').length === 1",
    );
    tab.click("[data-pace=step]");
    run(&mut tab, "publisher -i mouth -t bell -q 1 -m ding");
    // Step by step, until ear's answer is on its way.
    let puback = ".pkt[aria-label^='PUBACK #1, from ear']";
    tab.until(
        "ear's PUBACK",
        &format!("document.querySelector({puback:?}) || (document.querySelector('#step').click(), false)"),
    );
    let before = tab.value("citronella.store.size");
    assert_eq!(
        tab.value(&format!(
            "document.querySelector({puback:?}).style.left.endsWith('%')"
        )),
        json!(true)
    );
    assert_eq!(
        tab.value("citronella.store.size"),
        before,
        "nothing arrives by itself"
    );
    tab.click(puback);
    shows(&mut tab, ".tag.hot", "lost on the way");
    tab.click("[data-pace=once]");
    // The connection breaks, ear comes back to its session, and gets it once more.
    tab.click("[aria-label='Cut the connection of ear']");
    shows(&mut tab, ".row .tags", "again");
    tab.until(
        "ear has it twice",
        "tab.visitors.heard.filter(one => one.to === 'ear' && one.payload === 'ding').length === 2",
    );
    is_well(&mut tab);
}

#[test]
fn what_a_client_would_be_thrown_out_for_is_refused_in_words() {
    let Some(mut tab) = open() else { return };
    for (command, words) in [
        (
            "publisher -i q3 -t t -q 3 -m x",
            "-q: Invalid QoS given: 3; it is 0, 1 or 2",
        ),
        (
            "publisher -i q3 -t x/# -m x",
            "Invalid publish topic 'x/#', does it contain '+' or '#'?",
        ),
        (
            "publisher -i q3 -t '' -m x",
            "the topic is empty; it must be at least one character long",
        ),
        ("publisher -i q3 -t t -m 'x", "the quote before x is not closed"),
        (
            "publisher -i q3 -t t -m x --repeat 0",
            "--repeat: 0 is no whole number from 1",
        ),
        (
            "subscriber -i q3 -t a#",
            "Invalid subscription topic 'a#', are all '+' and '#' wildcards correct?",
        ),
        (
            "subscriber -i q3 -t $share/g",
            "Invalid shared subscription '$share/g'; it is written $share/GROUP/FILTER",
        ),
        (
            "subscriber -i q3 -t a --will-topic +",
            "Invalid publish topic '+', does it contain '+' or '#'?",
        ),
    ] {
        run(&mut tab, command);
        shows(&mut tab, "#command-wrong", words);
    }
    assert_eq!(tab.value("citronella.store.size"), json!(0), "nobody connected");
    is_well(&mut tab);
}

#[test]
fn a_client_that_waits_to_come_back_can_be_killed() {
    let Some(mut tab) = open() else { return };
    run(&mut tab, "subscriber -i ear -c -t bell");
    tab.until(
        "ear listens",
        "citronella.clients.subscriptions('ear').length === 1",
    );
    let waited = tab.value("import('./tab/commands.js').then(async ({ run }) => { [...tab.connections][0].cut(); const waits = !tab.visitors.present('ear'); await run('kill ear', tab.visitors); return waits; })");
    assert_eq!(waited, json!(true));
    tab.until(
        "it does not come back",
        "!tab.visitors.staying('ear') && tab.connections.size === 0",
    );
    is_well(&mut tab);
}

#[test]
fn packets_travel_slowly_on_demand() {
    let Some(mut tab) = open() else { return };
    tab.click("[data-pace=slow]");
    run(&mut tab, "subscriber -i ear -t bell");
    tab.until(
        "CONNECT is on its way",
        "document.querySelector('.pkt.in').textContent === 'CONNECT'",
    );
    assert_eq!(tab.value("citronella.store.size"), json!(0), "it has not arrived");
    shows(&mut tab, ".pkt.out", "CONNACK");
    shows(&mut tab, ".row .k", "CONNACK");
    is_well(&mut tab);
}

#[test]
fn the_clock_stands_still_and_is_moved() {
    let Some(mut tab) = open() else { return };
    tab.press("Escape");
    tab.press("f");
    shows(&mut tab, "#clockstate", "stands still");
    run(&mut tab, "subscriber -i quiet -t a -k 60");
    shows(&mut tab, "#n-clients", "1 of 1 connected");
    let at: Value = tab.value("citronella.store.at(0)");
    run(&mut tab, "broker ctl clock advance 89s");
    tab.until(
        "89 seconds later",
        &format!("Math.abs(citronella.clock.now() - {at} - 89) < 0.001"),
    );
    assert_eq!(
        tab.value("tab.visitors.present('quiet') !== undefined"),
        json!(true)
    );
    run(&mut tab, "broker ctl clock advance 2s");
    shows(&mut tab, ".row", "1.5 times Keep Alive");
    tab.until("it is gone", "tab.visitors.present('quiet') === undefined");
    is_well(&mut tab);
}

#[test]
fn a_client_of_another_library_talks_to_the_broker_in_the_page() {
    let Some((_, home)) = or_skip(mqtt_js()) else {
        return;
    };
    let Some(()) = or_skip(site::can_be_built()) else {
        return;
    };
    let library = home.join("node_modules/mqtt/dist/mqtt.esm.js");
    let Some(mut tab) = show(written(Some(&library))) else {
        return;
    };
    run(&mut tab, "subscriber -i theirs --with mqtt.js -t 'a/#' -q 2 -V 5");
    tab.until(
        "it listens",
        "citronella.clients.subscriptions('theirs').length === 1",
    );
    run(&mut tab, "publisher -i ours -t a/b -q 2 -m hello");
    shows(&mut tab, "#visitors-heard li", "theirs ◂ a/bhello");
    run(
        &mut tab,
        "publisher -i more --with mqtt.js -t a/c -q 1 -m there -D publish content-type text/plain",
    );
    shows(&mut tab, "#visitors-heard li", "theirs ◂ a/cthere");
    is_well(&mut tab);
}
