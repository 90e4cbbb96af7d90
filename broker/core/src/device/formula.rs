//! [`Formula`]: a template of plain text and arithmetic, taken apart once. A day of telemetry of many devices is millions of
//! fillings in, and most of them are of this kind.
//!
//! It gives the very bytes that the template would give, and draws the same chance. Where it cannot tell, the template is asked:
//! a formula never fails.

mod parse;

use super::number::Number;
use crate::chance::Rng;

/// How deep an expression may be.
const DEPTH: usize = 16;

/// A text with expressions in it.
#[derive(Debug, Clone)]
pub(super) struct Formula {
    parts: Vec<Part>,
}

#[derive(Debug, Clone)]
enum Part {
    Plain(Box<[u8]>),
    Expression(Box<[Op]>),
}

/// A step of an expression: it takes numbers from a stack and puts one there.
#[derive(Debug, Clone, Copy)]
enum Op {
    Constant(Number),
    T,
    N,
    Count,
    Previous,
    Negate,
    Plus,
    Minus,
    Times,
    Over,
    Modulo,
    Absolute,
    Round(u8),
    /// A function of one real number; `None` where there is no result.
    Function(fn(f64) -> Option<Number>),
    Clamp,
    RandomInt,
    RandomDecimal,
    RandomNormal,
}

/// What came of filling in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Filled {
    /// One number alone.
    Number(Number),
    /// Something else.
    Text,
    /// The template knows: nothing is appended, and no chance drawn.
    Unknown,
}

/// What the names stand for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Names {
    pub t: f64,
    pub n: u32,
    pub count: u32,
    pub previous: Option<Number>,
}

impl Formula {
    /// The formula of this source, if it is one.
    pub fn of(source: &str) -> Option<Self> {
        parse::formula(source).map(|parts| Self { parts })
    }

    /// Whether it gives the same for one client at all times.
    pub fn is_constant(&self) -> bool {
        let varies = |op: &Op| {
            matches!(
                op,
                Op::T | Op::Previous | Op::RandomInt | Op::RandomDecimal | Op::RandomNormal
            )
        };
        !self.parts.iter().any(|part| match part {
            Part::Plain(_) => false,
            Part::Expression(ops) => ops.iter().any(varies),
        })
    }

    /// Appends what it gives.
    pub fn fill(&self, names: &Names, chance: &mut Rng, out: &mut Vec<u8>) -> Filled {
        let (begin, before) = (out.len(), chance.clone());
        let filled = self.fill_in(names, chance, out).unwrap_or(Filled::Unknown);
        if matches!(filled, Filled::Unknown) {
            out.truncate(begin);
            *chance = before;
        }
        filled
    }

    fn fill_in(&self, names: &Names, chance: &mut Rng, out: &mut Vec<u8>) -> Option<Filled> {
        let mut alone = None;
        for part in &self.parts {
            match part {
                Part::Plain(text) => out.extend_from_slice(text),
                Part::Expression(ops) => {
                    let number = evaluate(ops, names, chance)?;
                    number.write(out)?;
                    alone = Some(number);
                }
            }
        }
        let alone = alone.filter(|_| self.parts.len() == 1);
        Some(alone.map_or(Filled::Text, Filled::Number))
    }
}

fn evaluate(ops: &[Op], names: &Names, chance: &mut Rng) -> Option<Number> {
    use Number::{Real, Whole};
    let mut stack = [Whole(0); DEPTH];
    let mut height = 0_usize;
    for op in ops {
        let takes = op.takes();
        height = height.checked_sub(takes)?;
        let [one, two, three] = [0, 1, 2].map(|at| stack.get(height + at).copied().unwrap_or(Whole(0)));
        let result = match *op {
            Op::Constant(number) => number,
            Op::T => Real(names.t),
            Op::N => Whole(names.n.into()),
            Op::Count => Whole(names.count.into()),
            Op::Previous => names.previous?,
            Op::Negate => one.negated()?,
            Op::Plus => one.plus(two)?,
            Op::Minus => one.minus(two)?,
            Op::Times => one.times(two)?,
            Op::Over => one.over(two)?,
            Op::Modulo => one.modulo(two)?,
            Op::Absolute => one.absolute()?,
            Op::Round(digits) => one.rounded(digits.into())?,
            Op::Function(function) => function(one.real())?,
            Op::Clamp => {
                let (value, lower, upper) = (one.real(), two.real(), three.real());
                Real((lower <= upper).then(|| value.clamp(lower, upper))?)
            }
            Op::RandomInt => {
                let (lower, upper) = (one.whole()?, two.whole()?);
                let many = (lower <= upper).then(|| upper.abs_diff(lower).checked_add(1))??;
                Whole(lower.wrapping_add_unsigned(chance.below(many)))
            }
            Op::RandomDecimal => {
                let (lower, upper) = (one.real(), two.real());
                (lower <= upper).then_some(())?;
                Real(lower + (upper - lower) * chance.unit())
            }
            Op::RandomNormal => {
                let (mean, deviation) = (one.real(), two.real());
                let (one, two) = (1.0 - chance.unit(), chance.unit());
                Real(mean + deviation * (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * two).cos())
            }
        };
        *stack.get_mut(height)? = result;
        height += 1;
    }
    stack.first().copied().filter(|_| height == 1)
}

impl Op {
    /// How many numbers it takes.
    fn takes(self) -> usize {
        match self {
            Self::Constant(_) | Self::T | Self::N | Self::Count | Self::Previous => 0,
            Self::Negate | Self::Absolute | Self::Round(_) | Self::Function(_) => 1,
            Self::Clamp => 3,
            _ => 2,
        }
    }
}
