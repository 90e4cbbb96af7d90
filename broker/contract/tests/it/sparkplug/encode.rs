//! Sparkplug payloads as bytes.

/// A payload.
#[derive(Debug, Clone, Default)]
pub struct Message {
    pub timestamp: Option<u64>,
    pub seq: Option<u64>,
    pub metrics: Vec<Metric>,
}

/// A metric; its value and its properties are bytes already.
#[derive(Debug, Clone, Default)]
pub struct Metric {
    pub name: String,
    pub alias: Option<u64>,
    timestamp: Option<u64>,
    datatype: Option<u64>,
    value: Vec<u8>,
    properties: Vec<u8>,
}

pub fn varint(mut number: u64, to: &mut Vec<u8>) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}

pub fn number(field: u64, value: u64, to: &mut Vec<u8>) {
    varint(field << 3, to);
    varint(value, to);
}

pub fn bytes(field: u64, value: &[u8], to: &mut Vec<u8>) {
    varint(field << 3 | 2, to);
    varint(value.len() as u64, to);
    to.extend(value);
}

impl Message {
    pub fn encode(&self) -> Vec<u8> {
        let mut to = Vec::new();
        if let Some(timestamp) = self.timestamp {
            number(1, timestamp, &mut to);
        }
        for metric in &self.metrics {
            bytes(2, &metric.encode(), &mut to);
        }
        if let Some(seq) = self.seq {
            number(3, seq, &mut to);
        }
        to
    }
}

impl Metric {
    pub fn new(name: &str, alias: Option<u64>, datatype: Option<u64>) -> Self {
        Self {
            name: name.to_owned(),
            alias,
            timestamp: Some(1_700_000_000_000),
            datatype,
            ..Self::default()
        }
    }

    pub fn bdseq() -> Self {
        let mut metric = Self::new("bdSeq", None, Some(8));
        metric.change("long=0");
        metric
    }

    pub fn double(mut self) -> Self {
        self.change("double=1");
        self
    }

    pub fn int(mut self, value: u64) -> Self {
        self.change(&format!("int={value}"));
        self
    }

    pub fn bool(mut self, value: bool) -> Self {
        self.change(&format!("bool={}", u8::from(value)));
        self
    }

    pub fn text(mut self, value: &str) -> Self {
        self.change(&format!("text={value}"));
        self
    }

    /// Makes one change, in the words of `story.rs`.
    pub fn change(&mut self, change: &str) {
        let (what, value) = change.split_once('=').unwrap_or((change, ""));
        let whole = || value.parse::<u64>().unwrap_or_else(|_| panic!("{change}"));
        let mut new = Vec::new();
        match what {
            "alias" => return self.alias = Some(whole()),
            "type" => return self.datatype = Some(whole()),
            "-type" => return self.datatype = None,
            "-timestamp" => return self.timestamp = None,
            "-value" => {}
            "int" => number(10, whole(), &mut new),
            "long" => number(11, whole(), &mut new),
            "double" => {
                varint(13 << 3 | 1, &mut new);
                new.extend((whole() as f64).to_le_bytes());
            }
            "bool" => number(14, whole(), &mut new),
            "text" => bytes(15, value.as_bytes(), &mut new),
            "dataset" => bytes(17, &data_set(value), &mut new),
            "template" => bytes(18, &template(value), &mut new),
            "property" => {
                let parts: Vec<&str> = value.split(':').collect();
                bytes(1, parts[0].as_bytes(), &mut self.properties);
                let mut property = Vec::new();
                if let Ok(kind) = parts[1].parse() {
                    number(1, kind, &mut property);
                }
                number(3, parts[2].parse().unwrap(), &mut property);
                return bytes(2, &property, &mut self.properties);
            }
            "properties" => {
                let (keys, values) = value.split_once(':').unwrap();
                for _ in 0..keys.parse().unwrap() {
                    bytes(1, b"key", &mut self.properties);
                }
                for _ in 0..values.parse().unwrap() {
                    bytes(2, &[8, 3, 24, 1], &mut self.properties);
                }
                return;
            }
            other => panic!("no change {other:?}"),
        }
        self.value = new;
    }

    fn encode(&self) -> Vec<u8> {
        let mut to = Vec::new();
        if !self.name.is_empty() {
            bytes(1, self.name.as_bytes(), &mut to);
        }
        for (field, value) in [(2, self.alias), (3, self.timestamp), (4, self.datatype)] {
            if let Some(value) = value {
                number(field, value, &mut to);
            }
        }
        if !self.properties.is_empty() {
            bytes(9, &self.properties, &mut to);
        }
        to.extend(&self.value);
        to
    }
}

fn data_set(said: &str) -> Vec<u8> {
    let parts: Vec<u64> = said.split(':').map(|part| part.parse().unwrap()).collect();
    let mut to = Vec::new();
    number(1, parts[0], &mut to);
    for _ in 0..parts[1] {
        bytes(2, b"column", &mut to);
    }
    for _ in 0..parts[2] {
        number(3, parts[3], &mut to);
    }
    bytes(4, &[10, 2, 8, 1, 10, 2, 8, 2], &mut to);
    to
}

fn template(said: &str) -> Vec<u8> {
    let (definition, reference) = said.split_once(':').unwrap();
    let mut to = Vec::new();
    bytes(2, &Metric::new("Speed", None, Some(3)).int(1).encode(), &mut to);
    if !reference.is_empty() {
        bytes(4, reference.as_bytes(), &mut to);
    }
    if let Ok(definition) = definition.parse() {
        number(5, definition, &mut to);
    }
    to
}
