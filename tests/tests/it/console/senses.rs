//! The console for those who enlarge it, hear it, tell fewer colours apart, or have the keyboard alone.

use rumqttc::mqttbytes::QoS;
use serde_json::json;
use tests::harness::api::Api;
use tests::harness::tab::Tab;

use super::{client, is_well, open, shows, texts};

/// What sticks out to the right of the window.
const STICKS_OUT: &str = "document.documentElement.scrollWidth > innerWidth ? 'the page' : [...document.querySelectorAll('header, main, \
    footer, nav, .bench, .ladder, .ladder > *, .inspect, .side, .top > *, .transport > *, .tool')].filter(one => one.getClientRects().length \
    && one.getBoundingClientRect().right > innerWidth + 1).map(one => one.className || one.id).join(' ')";

#[test]
fn enlarged_twice_and_at_320_pixels_nothing_sticks_out() {
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    speaker
        .publish("power/hall", QoS::AtLeastOnce, true, r#"{"watt":5}"#)
        .expect("it publishes");
    shows(&mut tab, ".topic .tn", "power/hall");
    // 1440 × 900 at 200 %, 1280 × 800 at 200 %, and 1280 at 400 %.
    for (width, height) in [(720, 450), (640, 400), (320, 568)] {
        tab.size(width, height);
        for view in ["clients", "topics", "bench", "ladder"] {
            tab.click(&format!("#tabs [data-view={view}]"));
            assert_eq!(tab.value(STICKS_OUT), json!(""), "{view} at {width} × {height}");
        }
        tab.until(
            "rows are seen",
            "document.querySelector('.row .k').getClientRects().length > 0",
        );
        tab.click(".row:has(.k.publish)");
        shows(&mut tab, "#inspect .fields .fn", "Packet Identifier");
        assert_eq!(tab.value(STICKS_OUT), json!(""), "a packet at {width} × {height}");
        tab.press("Escape");
    }
    is_well(&mut tab);
}

#[test]
fn with_the_colours_of_the_system_all_is_drawn_in_them() {
    let Some((broker, mut tab)) = open() else { return };
    let (_speaker, _) = client(&broker, "meter");
    shows(&mut tab, ".row .k", "CONNECT");
    tab.media("forced-colors", "active");
    // A canvas is not coloured by the browser: what is drawn there has the colour that text has.
    let drawn = "(() => { const canvas = document.querySelector('#lanes'); const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height); \
                 const found = new Set(); for (let i = 0; i < data.length; i += 4) if (data[i + 3] === 255) found.add(`rgb(${data[i]}, ${data[i + 1]}, ${data[i + 2]})`); return found; })()";
    tab.until(
        "the colour of text",
        &format!("{drawn}.has(getComputedStyle(document.body).color)"),
    );
    let own = tab.value(&format!("{drawn}.has('rgb(154, 63, 143)')"));
    assert_eq!(own, json!(false), "a colour of the page's own is drawn");
    let button = "(() => { const { color, backgroundColor } = getComputedStyle(document.querySelector('#pub-send')); return color !== backgroundColor; })()";
    assert_eq!(tab.value(button), json!(true), "a button is read");
}

#[test]
fn nothing_moves_for_those_who_want_it_still() {
    let Some((_broker, mut tab)) = open() else { return };
    tab.until("the beginning", "document.querySelector('.waiting i') !== null");
    let moving = "document.getAnimations().length";
    tab.until("something moves", &format!("{moving} > 0"));
    tab.media("prefers-reduced-motion", "reduce");
    tab.until("nothing moves", &format!("{moving} === 0"));
}

/// How far two families are apart, at least, for those who see red and green as one, by the model of Machado and others, in the
/// colour space `OKLab`; those pairs are left out whose lines are dashed otherwise. 0.02 is hardly to be seen.
const APART: &str = r"(() => {
    const views = { deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
        protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]] };
    const times = (m, v) => m.map(row => row.reduce((sum, x, i) => sum + x * v[i], 0));
    const linear = hex => [1, 3, 5].map(i => parseInt(hex.slice(i, i + 2), 16) / 255).map(v => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
    const lab = v => times([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]],
        times([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], v.map(x => Math.max(0, x))).map(Math.cbrt));
    const token = name => getComputedStyle(document.documentElement).getPropertyValue(`--f-${name}`).trim();
    const pairs = [['ack', 'fault'], ['publish', 'conn'], ['publish', 'ack'], ['publish', 'fault'], ['conn', 'fault'], ['conn', 'ack']];
    return pairs.flatMap(([a, b]) => Object.entries(views).map(([view, m]) => {
        const [x, y] = [a, b].map(name => lab(times(m, linear(token(name)))));
        return [Math.hypot(...x.map((v, i) => v - y[i])), `${a} and ${b}, ${view}`];
    })).filter(([far]) => far < 0.06).map(([far, what]) => `${what}: ${far.toFixed(3)}`).join('\n');
})()";

#[test]
fn families_are_told_apart_by_those_who_see_red_and_green_as_one() {
    let Some((_broker, mut tab)) = open() else { return };
    for is_dark in [false, true] {
        tab.dark(is_dark);
        let word = if is_dark { "dark" } else { "light" };
        tab.until(
            word,
            &format!("document.documentElement.dataset.theme === {word:?}"),
        );
        assert_eq!(tab.value(APART), json!(""), "{word}");
    }
}

#[test]
fn a_screen_reader_says_each_row_as_a_sentence_and_trouble_by_itself() {
    let Some((broker, mut tab)) = open() else { return };
    let rule = json!({"name": "lost", "when": {"packet": "PUBACK", "direction": "out"}, "first": 1, "action": "drop"});
    let (speaker, _) = client(&broker, "meter");
    shows(&mut tab, ".row .k", "CONNACK");
    // Whatever the page says by itself is kept.
    tab.value("globalThis.heard = []; new MutationObserver(() => heard.push(document.querySelector('#said').textContent)).observe(document.querySelector('#said'), { childList: true }); 1");
    let publish = |payload: &str| {
        speaker
            .publish("power/hall", QoS::AtLeastOnce, false, payload)
            .expect("it publishes");
        broker.settle().wait().expect("all is done");
    };
    publish("5");
    shows(&mut tab, ".row .pl", "5");
    let rows = tab.spoken("row");
    let says = |rows: &[String], said: &str| rows.iter().any(|row| row.starts_with(said));
    let said = "meter to broker: PUBLISH power/hall 5, to nobody, QoS 1, identifier 1, at ";
    assert!(says(&rows, said), "{rows:#?}");
    assert!(says(&rows, "broker to meter: PUBACK id 1, at "), "{rows:#?}");
    assert_eq!(
        tab.value("heard"),
        json!([]),
        "nothing but trouble is said by itself"
    );
    Api::of(&broker).post("faults", &rule).json(201);
    publish("6");
    tab.until(
        "it is said",
        "heard.length === 1 && heard[0].startsWith('Trouble: broker to meter: PUBACK id 2, never arrived, at ')",
    );
    for role in ["button", "textbox", "slider", "combobox"] {
        let names = tab.spoken(role);
        assert!(
            !names.is_empty() && names.iter().all(|name| !name.is_empty()),
            "{role}: {names:?}"
        );
    }
    is_well(&mut tab);
}

#[test]
fn from_the_first_step_to_the_bytes_with_the_keyboard_alone() {
    let Some((_broker, mut tab)) = open() else { return };
    // The button of the page that waits is reached by Tab.
    tab.until("the beginning", "document.querySelector('#both') !== null");
    for _ in 0..30 {
        tab.press("Tab");
        if tab.value("document.activeElement.id") == json!("both") {
            break;
        }
    }
    tab.press("Enter");
    shows(&mut tab, "#heard li", "test/topicbar");
    tab.press("Escape");
    tab.press("p");
    tab.value("document.activeElement.select()");
    tab.write("with keys");
    tab.press("Enter");
    shows(&mut tab, ".row .pl", "with keys");
    tab.press("Escape");
    tab.press("/");
    tab.write("type:publish with");
    tab.until("its rows alone", "citronella.view.length === 2");
    tab.press("Escape");
    tab.press("g");
    shows(&mut tab, "#inspect .say", "publishes on");
    tab.press("Enter");
    assert_eq!(tab.value("document.activeElement.id"), json!("inspect"));
    tab.press("Tab");
    tab.until(
        "what has the keyboard is in the packet, and is seen to have it",
        "document.activeElement.closest('#inspect') !== null && document.activeElement.matches(':focus-visible')",
    );
    assert!(
        tab.value(&texts("#inspect .fields .fv"))
            .as_str()
            .is_some_and(|fields| fields.contains("with keys"))
    );
    is_well(&mut tab);
}

/// Pictures as others see them, in the folder that `CONSOLE_PICTURES` names.
#[test]
fn it_is_pictured_as_others_see_it() {
    let Some(to) = std::env::var_os("CONSOLE_PICTURES") else {
        return;
    };
    let to = std::path::PathBuf::from(to);
    let Some((broker, mut tab)) = open() else { return };
    let (speaker, _) = client(&broker, "meter");
    speaker
        .publish("power/hall", QoS::ExactlyOnce, true, "5")
        .expect("it publishes");
    shows(&mut tab, ".row .k", "PUBCOMP");
    let picture = |tab: &mut Tab, name: &str| tab.picture(&to.join(format!("{name}.png")));
    for kind in ["deuteranopia", "protanopia", "tritanopia", "achromatopsia"] {
        tab.vision(kind);
        picture(&mut tab, kind);
    }
    tab.vision("none");
    tab.media("forced-colors", "active");
    picture(&mut tab, "forced-colors");
}
