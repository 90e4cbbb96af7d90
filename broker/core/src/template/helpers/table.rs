//! Which helpers there are, said once: what is allowed in a template, and the page.

use std::fmt::Write as _;

/// How a helper is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum Kind {
    /// `name(…)`
    Function,
    /// `… | name`
    Filter,
}

/// One helper.
pub(in crate::template) struct Helper {
    pub kind: Kind,
    pub name: &'static str,
    /// How it is called.
    pub call: &'static str,
    /// What it does.
    pub what: &'static str,
}

macro_rules! helpers {
    ($($kind:ident $name:literal $call:literal $what:literal;)*) => {
        pub(in crate::template) static HELPERS: &[Helper] = &[$(
            Helper { kind: Kind::$kind, name: $name, call: $call, what: $what },
        )*];
    };
}

helpers! {
    Function "now" "now(offset=\"3 days\", format=\"%Y-%m-%d\")"
        "the time on the broker's clock, in UTC, as `2026-01-31T12:00:00Z`; `format` is that of strftime, or `unix` (seconds since 1970), or `epoch` (milliseconds)";
    Filter "date" "date(offset=\"-2 hours\", format=\"unix\")"
        "a point in time, as text or in seconds since 1970, moved and written as by `now`";
    Function "random_int" "random_int(1, 6)" "a whole number between the two, both included";
    Function "random_decimal" "random_decimal(0, 1)" "a number from the first up to the second";
    Function "random_normal" "random_normal(20, 0.5)" "a number of a normal distribution: mean, standard deviation";
    Function "choice" "choice(\"on\", \"off\")" "one of these, or of a list; WireMock's `pickRandom`";
    Filter "choice" "choice" "one of a list";
    Function "uuid" "uuid()" "a UUID of version 4";
    Function "alphanumeric" "alphanumeric(8)" "so many letters and digits";
    Function "alphabetic" "alphabetic(8)" "so many letters";
    Function "numeric" "numeric(8)" "so many digits";
    Function "hexadecimal" "hexadecimal(8)" "so many digits of hex";
    Function "counter" "counter(\"orders\", from=1, step=1)" "counts: `from` the first time, `step` more each time; each name counts for itself";
    Function "file" "file(\"page.txt\")" "the text of a file; of a CSV or JSON file, the list of its rows or elements";
    Function "pick" "pick(\"names.txt\")" "one line, row or element of a file, by chance";
    Function "item" "item(\"names.txt\", stub.nth)" "the line, row or element of this number, from 0; behind the last the first comes again";
    Filter "base64" "base64" "as Base64";
    Filter "base64_decode" "base64_decode" "the text that Base64 stands for";
    Filter "hex" "hex" "as hex";
    Filter "hex_decode" "hex_decode" "the text that hex stands for";
    Filter "tojson" "tojson(pretty=true)" "as JSON: a text with its quotes";
    Filter "fromjson" "fromjson" "what a text of JSON says";
    Function "pi" "pi" "the number";
    Function "sin" "sin(x)" "sine, of radians";
    Function "cos" "cos(x)" "cosine, of radians";
    Function "tan" "tan(x)" "tangent, of radians";
    Function "exp" "exp(x)" "e to the power of x";
    Function "ln" "ln(x)" "natural logarithm";
    Function "sqrt" "sqrt(x)" "square root";
    Function "floor" "floor(x)" "the next whole number below";
    Function "ceil" "ceil(x)" "the next whole number above";
    Function "clamp" "clamp(x, 0, 100)" "x, but no less than the second and no more than the third";
    Filter "round" "round(2)" "rounded, to so many digits behind the point";
    Filter "abs" "abs" "without its sign";
    Filter "int" "int" "as a whole number";
    Filter "float" "float" "as a number";
    Filter "string" "string" "as a text";
    Filter "bool" "bool" "as `true` or `false`";
    Filter "upper" "upper" "in capital letters";
    Filter "lower" "lower" "in small letters";
    Filter "title" "title" "every word with a capital letter";
    Filter "capitalize" "capitalize" "with a capital letter first";
    Filter "trim" "trim" "without blanks around it";
    Filter "replace" "replace(\"a\", \"b\")" "with one text in place of another";
    Filter "format" "format(x, y)" "a text with `%s`, `%d`, `%.2f` filled in";
    Filter "indent" "indent(2)" "every line but the first moved to the right";
    Filter "split" "split(\"/\")" "the parts of a text as a list";
    Filter "lines" "lines" "the lines of a text as a list";
    Filter "join" "join(\",\")" "a list as a text";
    Filter "length" "length" "how many characters or elements; `count` is the same";
    Filter "count" "count" "how many characters or elements";
    Filter "first" "first" "the first element";
    Filter "last" "last" "the last element";
    Filter "min" "min" "the least element";
    Filter "max" "max" "the greatest element";
    Filter "sum" "sum" "all elements together";
    Filter "sort" "sort" "in order";
    Filter "reverse" "reverse" "from the last to the first";
    Filter "unique" "unique" "each element once";
    Filter "list" "list" "as a list";
    Filter "map" "map(attribute=\"name\")" "of each element this, or a filter of it";
    Filter "select" "select(\"odd\")" "the elements for which a test holds";
    Filter "reject" "reject(\"odd\")" "the elements for which it does not hold";
    Filter "selectattr" "selectattr(\"on\")" "the elements in which a test holds for a member";
    Filter "rejectattr" "rejectattr(\"on\")" "those in which it does not hold";
    Filter "groupby" "groupby(\"room\")" "in groups, by a member";
    Filter "batch" "batch(3)" "in lists of so many elements";
    Filter "slice" "slice(3)" "in so many lists";
    Filter "zip" "zip(other)" "pairs of the elements of two lists";
    Filter "chain" "chain(other)" "two lists as one";
    Filter "dictsort" "dictsort" "the pairs of a map, in order";
    Filter "items" "items" "the pairs of a map";
    Filter "attr" "attr(\"name\")" "this member";
    Filter "default" "default(\"none\")" "what comes in its place where it is undefined; `d` is the same";
    Filter "d" "d(\"none\")" "what comes in its place where it is undefined";
    Function "range" "range(3)" "the numbers 0, 1, 2";
    Function "dict" "dict(a=1)" "a map";
    Function "namespace" "namespace(sum=0)" "a map that a loop can change";
}

/// What may stand behind `is`.
pub(in crate::template) const TESTS: &[&str] = &[
    "defined",
    "undefined",
    "none",
    "boolean",
    "true",
    "false",
    "number",
    "integer",
    "int",
    "float",
    "string",
    "sequence",
    "iterable",
    "mapping",
    "odd",
    "even",
    "divisibleby",
    "startingwith",
    "endingwith",
    "lower",
    "upper",
    "in",
    "eq",
    "ne",
    "lt",
    "le",
    "gt",
    "ge",
    "equalto",
    "lessthan",
    "greaterthan",
    "sameas",
];

pub(in crate::template) fn find(kind: Kind, name: &str) -> Option<&'static Helper> {
    HELPERS
        .iter()
        .find(|helper| helper.kind == kind && helper.name == name)
}

pub(in crate::template) fn names<'a>(kind: Kind) -> impl Iterator<Item = &'a str> {
    HELPERS
        .iter()
        .filter(move |helper| helper.kind == kind)
        .map(|helper| helper.name)
}

/// The table of helpers, for docs/STUBS.md.
#[doc(hidden)]
pub fn markdown() -> String {
    let mut page = String::from("| helper | gives |\n|---|---|\n");
    for Helper { kind, call, what, .. } in HELPERS {
        let bar = match kind {
            Kind::Function => "",
            Kind::Filter => r"… \| ",
        };
        let _ = writeln!(page, "| `{bar}{call}` | {what} |");
    }
    let _ = writeln!(page, "\nTests, behind `is`: `{}`.", TESTS.join("`, `"));
    page
}

/// What is under which name, for docs/STUBS.md.
#[doc(hidden)]
pub fn names_seen() -> String {
    let rows = [
        ("message.topic", "topic name"),
        ("message.levels", "its levels: `message.levels[1]` is the second"),
        (
            "message.wildcards",
            "the levels that `+` and `#` of the stub's topic filter stand for, in order",
        ),
        ("message.payload", "payload, where it is UTF-8"),
        ("message.payload_base64", "payload as Base64"),
        (
            "message.json",
            "payload as JSON: `message.json.on`; undefined where it is none",
        ),
        ("message.qos", "QoS"),
        ("message.retain", "RETAIN"),
        ("message.dup", "DUP"),
        (
            "message.properties",
            "properties, by the names of [PATTERNS.md](PATTERNS.md); User Properties by their names: \
             `message.properties.user_property.unit`",
        ),
        ("client.id", "client identifier of the client that is answered"),
        ("client.user", "its user name; `null` without one"),
        (
            "entry",
            "what is answered, as the journal has it in JSON: `entry.listener`, `entry.will.topic`",
        ),
        ("state.NAME", "the state of the scenario of this name"),
        ("stub.name", "name of the stub"),
        ("stub.nth", "how often it has answered, this time included"),
    ];
    let mut page = String::from(
        "Texts are [Jinja](https://docs.rs/minijinja/latest/minijinja/syntax/) templates. `message` is there in answers to a PUBLISH, \
         `client` and `entry` in answers to packets and events. What does not exist at all is an error when the stub is made. What is \
         undefined in one message, such as a member of its JSON, fails then: the event `template_failed` says where, and nothing is \
         published. `| default(\"off\")` and `is defined` ask first.\n\n| name | what it is |\n|---|---|\n",
    );
    for (name, what) in rows {
        let _ = writeln!(page, "| `{name}` | {what} |");
    }
    page
}
