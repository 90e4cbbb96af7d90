//! From the source of a template to its steps. All that is not plain arithmetic is `None`.

use super::super::number::Number;
use super::{DEPTH, Op, Part};

/// At most so many steps in one expression.
const MOST: usize = 64;

pub(super) fn formula(source: &str) -> Option<Vec<Part>> {
    if source.contains("{%") || source.contains("{#") || source.ends_with('\n') {
        return None;
    }
    let (mut parts, mut rest) = (Vec::new(), source);
    while let Some((plain, behind)) = rest.split_once("{{") {
        let (expression, after) = behind.split_once("}}")?;
        if !plain.is_empty() {
            parts.push(Part::Plain(plain.as_bytes().into()));
        }
        parts.push(Part::Expression(ops(expression)?.into()));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Plain(rest.as_bytes().into()));
    }
    Some(parts)
}

fn ops(expression: &str) -> Option<Vec<Op>> {
    // A sign there strips blanks around it.
    if expression.starts_with(['-', '+']) || expression.ends_with(['-', '+']) {
        return None;
    }
    let mut parser = Parser {
        rest: expression,
        ops: Vec::new(),
        depth: 0,
    };
    parser.sum()?;
    parser.blanks();
    (parser.rest.is_empty() && parser.ops.len() <= MOST).then_some(parser.ops)
}

struct Parser<'a> {
    rest: &'a str,
    ops: Vec<Op>,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn takes(&mut self, sign: &str) -> bool {
        self.blanks();
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn is_next(&self, sign: &str) -> bool {
        self.rest.trim_start_matches([' ', '\t']).starts_with(sign)
    }

    fn deeper(&mut self) -> Option<()> {
        self.depth += 1;
        // Each level holds one number on the stack, a function of three up to three.
        (self.depth < DEPTH / 3).then_some(())
    }

    fn sum(&mut self) -> Option<()> {
        self.deeper()?;
        self.product()?;
        loop {
            let op = match () {
                () if self.takes("+") => Op::Plus,
                () if self.takes("-") => Op::Minus,
                () => break,
            };
            self.product()?;
            self.ops.push(op);
        }
        self.depth -= 1;
        Some(())
    }

    fn product(&mut self) -> Option<()> {
        self.factor()?;
        loop {
            if self.is_next("**") || self.is_next("//") {
                return None;
            }
            let op = match () {
                () if self.takes("*") => Op::Times,
                () if self.takes("/") => Op::Over,
                () if self.takes("%") => Op::Modulo,
                () => return Some(()),
            };
            self.factor()?;
            self.ops.push(op);
        }
    }

    fn factor(&mut self) -> Option<()> {
        if self.takes("-") {
            self.primary()?;
            if self.is_next("**") || self.is_next("|") {
                return None;
            }
            self.ops.push(Op::Negate);
            return Some(());
        }
        self.primary()?;
        while self.takes("|") {
            let op = match self.word() {
                "abs" => Op::Absolute,
                "round" if self.takes("(") => {
                    let digits = self.digits();
                    let op = Op::Round(digits.parse().ok().filter(|digits| *digits <= 15)?);
                    self.takes(")").then_some(op)?
                }
                "round" => Op::Round(0),
                _ => return None,
            };
            self.ops.push(op);
        }
        Some(())
    }

    fn primary(&mut self) -> Option<()> {
        if self.takes("(") {
            self.sum()?;
            return self.takes(")").then_some(());
        }
        self.blanks();
        if self.rest.starts_with(|first: char| first.is_ascii_digit()) {
            let number = self.number()?;
            self.ops.push(Op::Constant(number));
            return Some(());
        }
        let word = self.word();
        if self.takes("(") {
            return self.call(word);
        }
        let op = match word {
            "t" => Op::T,
            "n" => Op::N,
            "count" => Op::Count,
            "previous" => Op::Previous,
            "pi" => Op::Constant(Number::Real(std::f64::consts::PI)),
            _ => return None,
        };
        // `previous.temperature` is no number by itself.
        if self.rest.starts_with(['.', '[']) {
            return None;
        }
        self.ops.push(op);
        Some(())
    }

    fn call(&mut self, name: &str) -> Option<()> {
        let op = match name {
            "sin" => Op::Function(|of| Some(Number::Real(of.sin()))),
            "cos" => Op::Function(|of| Some(Number::Real(of.cos()))),
            "tan" => Op::Function(|of| Some(Number::Real(of.tan()))),
            "exp" => Op::Function(|of| Some(Number::Real(of.exp()))),
            "sqrt" => Op::Function(|of| finite(of.sqrt())),
            "ln" => Op::Function(|of| finite(of.ln())),
            "floor" => Op::Function(|of| whole(of.floor())),
            "ceil" => Op::Function(|of| whole(of.ceil())),
            "clamp" => Op::Clamp,
            "random_int" => Op::RandomInt,
            "random_decimal" => Op::RandomDecimal,
            "random_normal" => Op::RandomNormal,
            _ => return None,
        };
        for nth in 0..op.takes() {
            if nth > 0 && !self.takes(",") {
                return None;
            }
            self.sum()?;
        }
        self.ops.push(op);
        self.takes(")").then_some(())
    }

    fn word(&mut self) -> &'a str {
        self.blanks();
        self.while_is(|one| one.is_alphanumeric() || one == '_')
    }

    fn digits(&mut self) -> &'a str {
        self.blanks();
        self.while_is(|one| one.is_ascii_digit())
    }

    fn while_is(&mut self, is: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|one| !is(one)).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        word
    }

    fn number(&mut self) -> Option<Number> {
        let before = self.rest;
        let whole = self.digits();
        let mut length = whole.len();
        if self.rest.starts_with('.') {
            self.rest = &self.rest[1..];
            length += 1 + self.digits().len();
        }
        // 1e3, 0x1F and 1_000 are numbers, too.
        if self
            .rest
            .starts_with(|next: char| next.is_alphanumeric() || next == '_' || next == '.')
        {
            return None;
        }
        if length == whole.len() {
            return whole.parse().ok().map(Number::Whole);
        }
        before.get(..length)?.parse().ok().map(Number::Real)
    }
}

fn finite(of: f64) -> Option<Number> {
    of.is_finite().then_some(Number::Real(of))
}

fn whole(of: f64) -> Option<Number> {
    (of.abs() < 9.0e15).then_some(Number::Whole(of as i64))
}
