//! [`Tab`]: a page in a browser without a window, looked at, typed into and clicked, over the protocol of Chromium's tools.

use std::net::TcpStream;
use std::path::Path;
use std::rc::Rc;

use serde_json::{Value, json};
use tungstenite::{Message, WebSocket};

use super::browser::command;
use super::folder::Folder;
use super::peers::{chromium, or_skip};
use super::{DEADLINE, Program};

/// A page. Its browser is killed when this is dropped.
#[derive(Debug)]
pub struct Tab {
    socket: WebSocket<TcpStream>,
    session: Option<String>,
    last: u64,
    /// What went wrong in the page: exceptions, and what its policy forbade.
    faults: Vec<String>,
    browser: Rc<Running>,
}

/// The browser of some pages, killed with the last of them.
#[derive(Debug)]
struct Running {
    address: String,
    _program: Program,
    _home: Folder,
}

impl Tab {
    /// Opens a page. `None` where there is no browser.
    pub fn open(url: &str) -> Option<Self> {
        let path = or_skip(chromium())?;
        let home = Folder::new();
        let mut program =
            Program::start(command(&path, &home).args(["--remote-debugging-port=0", "about:blank"]));
        let said = program.until_stderr("where it listens", |line| {
            line.starts_with("DevTools listening on ")
        });
        let address = said.split(' ').next_back().expect("an address").to_owned();
        let browser = Running {
            address,
            _program: program,
            _home: home,
        };
        Some(Self::within(Rc::new(browser), url))
    }

    /// Opens one more page in the same browser.
    #[must_use]
    pub fn beside(&self, url: &str) -> Self {
        Self::within(self.browser.clone(), url)
    }

    fn within(browser: Rc<Running>, url: &str) -> Self {
        let address = browser.address.as_str();
        let host = address.split('/').nth(2).expect("a host");
        let stream = TcpStream::connect(host).expect("it listens");
        // What the page waits for, it waits for until the deadline, and says so.
        stream.set_read_timeout(Some(DEADLINE * 2)).expect("a time");
        let (socket, _) = tungstenite::client(address, stream).expect("it shakes hands");
        let mut tab = Self {
            socket,
            session: None,
            last: 0,
            faults: Vec::new(),
            browser,
        };
        let target = tab.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = tab.call("Target.attachToTarget", &attach);
        tab.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log"] {
            tab.call(&format!("{domain}.enable"), &json!({}));
        }
        tab.size(1440, 900);
        tab.go(url);
        tab
    }

    /// Goes to another page, and waits until it is there.
    pub fn go(&mut self, url: &str) {
        self.call("Page.navigate", &json!({"url": url}));
        self.until(
            "the page",
            "document.readyState === 'complete' && location.href !== 'about:blank'",
        );
    }

    /// The width and height of the window; below 500 it is a phone's.
    pub fn size(&mut self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.call("Emulation.setDeviceMetricsOverride", &size);
    }

    /// From now on the page reaches nobody.
    pub fn offline(&mut self) {
        self.call("Network.enable", &json!({}));
        let none = json!({"offline": true, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1});
        self.call("Network.emulateNetworkConditions", &none);
    }

    /// The system is set to dark, or to light.
    pub fn dark(&mut self, is_dark: bool) {
        self.media("prefers-color-scheme", if is_dark { "dark" } else { "light" });
    }

    /// What the system says of itself, as CSS asks it: `forced-colors`, `active`. It says nothing else then.
    pub fn media(&mut self, name: &str, value: &str) {
        let media = json!({"features": [{"name": name, "value": value}]});
        self.call("Emulation.setEmulatedMedia", &media);
    }

    /// Shows the page as somebody sees it who tells fewer colours apart: `deuteranopia`, or `none`.
    pub fn vision(&mut self, kind: &str) {
        self.call("Emulation.setEmulatedVisionDeficiency", &json!({"type": kind}));
    }

    /// Nobody sees the page any more, as behind another tab; or somebody does again.
    pub fn seen(&mut self, is: bool) {
        self.call("Emulation.setFocusEmulationEnabled", &json!({"enabled": is}));
        // A page that is frozen and let go is hidden. Its scripts run.
        for state in ["frozen", "active"].iter().filter(|_| !is) {
            self.call("Page.setWebLifecycleState", &json!({"state": state}));
        }
        let word = if is { "visible" } else { "hidden" };
        self.until(word, &format!("document.visibilityState === {word:?}"));
    }

    /// The names that a screen reader says of all elements in this role.
    pub fn spoken(&mut self, role: &str) -> Vec<String> {
        let tree = self.call("Accessibility.getFullAXTree", &json!({}));
        let nodes = tree["nodes"].as_array().expect("a tree");
        let of_role = nodes
            .iter()
            .filter(|node| node["role"]["value"] == role && node["ignored"] != true);
        of_role
            .map(|node| node["name"]["value"].as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// How many bytes the page's scripts hold.
    pub fn heap_bytes(&mut self) -> f64 {
        let usage = self.call("Runtime.getHeapUsage", &json!({}));
        usage["usedSize"].as_f64().unwrap_or_default()
    }

    /// The value of an expression in the page; of a promise, what it promises.
    #[track_caller]
    pub fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "awaitPromise": true, "returnByValue": true});
        let answer = self.call("Runtime.evaluate", &asked);
        let thrown = &answer["exceptionDetails"];
        assert!(thrown.is_null(), "{expression}: {thrown:#}");
        answer["result"]["value"].clone()
    }

    /// Waits until an expression holds in the page.
    #[track_caller]
    pub fn until(&mut self, what: &str, expression: &str) {
        let wait = format!(
            "new Promise(done => {{ const end = Date.now() + {}; (function look() {{ let holds = false; try {{ holds = {expression}; }} catch {{}} \
             if (holds) done(true); else if (Date.now() > end) done(false); else setTimeout(look, 10); }})(); }})",
            DEADLINE.as_millis()
        );
        if self.value(&wait) != json!(true) {
            let text = self.value("document.body.innerText");
            panic!(
                "{what} did not come: {expression}\n{:#?}\n{}",
                self.faults,
                text.as_str().unwrap_or_default()
            );
        }
    }

    /// Presses a key, as a keyboard names it: `j`, `Enter`.
    pub fn press(&mut self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "Tab" => 9,
            " " => 32,
            _ => 0,
        };
        let text = match key {
            "Enter" => "\r",
            key if key.chars().count() == 1 => key,
            _ => "",
        };
        let down = json!({"type": "keyDown", "key": key, "text": text, "windowsVirtualKeyCode": code});
        self.call("Input.dispatchKeyEvent", &down);
        let up = json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": code});
        self.call("Input.dispatchKeyEvent", &up);
    }

    /// Types into the field that has the keyboard.
    pub fn write(&mut self, text: &str) {
        self.call("Input.insertText", &json!({"text": text}));
    }

    /// Clicks in the middle of the first element that this selector means, once it stands still: so does a person.
    #[track_caller]
    pub fn click(&mut self, selector: &str) {
        let middle = format!(
            "new Promise(done => {{ let before = ''; (function look() {{ const one = document.querySelector({selector:?}); one.scrollIntoView({{ block: 'nearest' }}); \
             const box = one.getBoundingClientRect(); const at = [box.x + box.width / 2, box.y + box.height / 2]; if (String(at) === before) done(at); \
             else {{ before = String(at); requestAnimationFrame(look); }} }})(); }})"
        );
        let at = self.value(&middle);
        for kind in ["mousePressed", "mouseReleased"] {
            let mouse = json!({"type": kind, "x": at[0], "y": at[1], "button": "left", "clickCount": 1});
            self.call("Input.dispatchMouseEvent", &mouse);
        }
    }

    /// A picture of the window, after the ending of its name as PNG or WebP.
    pub fn picture(&mut self, to: &Path) {
        self.capture(to, json!({}));
    }

    /// A picture of the first element that this selector means.
    pub fn picture_of(&mut self, selector: &str, to: &Path) {
        let place = format!(
            "(() => {{ const {{ x, y, width, height }} = document.querySelector({selector:?}).getBoundingClientRect(); return {{ x, y, width, height, \
             scale: 1 }}; }})()"
        );
        let clip = self.value(&place);
        self.capture(to, json!({"clip": clip}));
    }

    fn capture(&mut self, to: &Path, mut how: Value) {
        use base64::Engine as _;
        if to.extension().is_some_and(|ending| ending == "webp") {
            how["format"] = json!("webp");
            how["quality"] = json!(80);
        } else {
            how["format"] = json!("png");
        }
        let picture = self.call("Page.captureScreenshot", &how);
        let data = picture["data"].as_str().expect("a picture");
        let bytes = base64::prelude::BASE64_STANDARD.decode(data).expect("Base64");
        std::fs::write(to, bytes).unwrap_or_else(|error| panic!("{}: {error}", to.display()));
    }

    /// What went wrong in the page so far.
    pub fn faults(&mut self) -> &[String] {
        // All that was said before this answer has been read by then.
        self.value("1");
        &self.faults
    }

    /// Calls the browser, and reads what it says until it answers.
    #[track_caller]
    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.last += 1;
        let mut call = json!({"id": self.last, "method": method, "params": params});
        if let Some(session) = &self.session {
            call["sessionId"] = json!(session);
        }
        self.socket
            .send(Message::text(call.to_string()))
            .expect("it takes the call");
        loop {
            let said = self
                .socket
                .read()
                .unwrap_or_else(|error| panic!("{method}: {error}"));
            let Message::Text(text) = said else { continue };
            let said: Value = serde_json::from_str(&text).expect("JSON");
            if said["id"] == json!(self.last) {
                assert!(said["error"].is_null(), "{method}: {}", said["error"]);
                return said["result"].clone();
            }
            let params = &said["params"];
            match said["method"].as_str() {
                Some("Runtime.exceptionThrown") => self.faults.push(params["exceptionDetails"].to_string()),
                Some("Log.entryAdded") if params["entry"]["level"] == "error" => {
                    self.faults.push(params["entry"]["text"].to_string());
                }
                _ => {}
            }
        }
    }
}
