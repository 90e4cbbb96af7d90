//! Chance, from a seed.

use minijinja::value::{Rest, Value};
use minijinja::{Environment, Error, State};

use super::{run, wrong};
use crate::chance::Rng;

/// How many characters one call makes at most.
const MOST_CHARS: u64 = 65_536;

pub(super) fn register(engine: &mut Environment<'static>) {
    engine.add_function("random_int", random_int);
    engine.add_function("random_decimal", random_decimal);
    engine.add_function("random_normal", random_normal);
    engine.add_function("choice", choice);
    engine.add_function("uuid", uuid);
    engine.add_function("alphanumeric", |state: &State<'_, '_>, length: u64| {
        of(
            state,
            length,
            b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        )
    });
    engine.add_function("alphabetic", |state: &State<'_, '_>, length: u64| {
        of(
            state,
            length,
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        )
    });
    engine.add_function("numeric", |state: &State<'_, '_>, length: u64| {
        of(state, length, b"0123456789")
    });
    engine.add_function("hexadecimal", |state: &State<'_, '_>, length: u64| {
        of(state, length, b"0123456789abcdef")
    });
    engine.add_filter("choice", |state: &State<'_, '_>, list: Value| {
        one_of(state, &list)
    });
}

fn draw<T>(state: &State<'_, '_>, draw: impl FnOnce(&mut Rng) -> T) -> Result<T, Error> {
    Ok(run(state)?.with(|_, chance| draw(chance)))
}

fn random_int(state: &State<'_, '_>, lower: i64, upper: i64) -> Result<i64, Error> {
    if lower > upper {
        return Err(wrong(format!(
            "random_int: {lower} is above {upper}; the lower bound comes first"
        )));
    }
    // The number of them is 2^64 for the whole range: then every number is one.
    let many = upper.abs_diff(lower).checked_add(1);
    let drawn = draw(state, |chance| match many {
        Some(many) => chance.below(many),
        None => chance.next_u64(),
    })?;
    Ok(lower.wrapping_add_unsigned(drawn))
}

fn random_decimal(state: &State<'_, '_>, lower: f64, upper: f64) -> Result<f64, Error> {
    if lower > upper {
        return Err(wrong(format!(
            "random_decimal: {lower} is above {upper}; the lower bound comes first"
        )));
    }
    draw(state, |chance| lower + (upper - lower) * chance.unit())
}

/// Box and Muller's method: two numbers that are evenly spread make one that is not.
fn random_normal(state: &State<'_, '_>, mean: f64, deviation: f64) -> Result<f64, Error> {
    let (one, two) = draw(state, |chance| (1.0 - chance.unit(), chance.unit()))?;
    Ok(mean + deviation * (-2.0 * one.ln()).sqrt() * (std::f64::consts::TAU * two).cos())
}

fn choice(state: &State<'_, '_>, first: Value, others: Rest<Value>) -> Result<Value, Error> {
    if others.is_empty() && first.len().is_some() && first.as_str().is_none() {
        return one_of(state, &first);
    }
    let nth = draw(state, |chance| chance.below(others.len() as u64 + 1))? as usize;
    Ok(nth.checked_sub(1).map_or(first, |nth| others[nth].clone()))
}

fn one_of(state: &State<'_, '_>, list: &Value) -> Result<Value, Error> {
    let Some(length) = list.len().filter(|length| *length > 0) else {
        return Err(wrong("choice: there is nothing to choose from"));
    };
    let nth = draw(state, |chance| chance.below(length as u64))? as usize;
    list.get_item_by_index(nth)
}

/// Version 4 of RFC 9562.
fn uuid(state: &State<'_, '_>) -> Result<String, Error> {
    let (high, low) = draw(state, |chance| (chance.next_u64(), chance.next_u64()))?;
    let high = high & !0xF000 | 0x4000;
    let low = low & !(0b11 << 62) | 0b10 << 62;
    Ok(format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        high >> 32,
        high >> 16 & 0xFFFF,
        high & 0xFFFF,
        low >> 48,
        low & 0xFFFF_FFFF_FFFF
    ))
}

fn of(state: &State<'_, '_>, length: u64, letters: &[u8]) -> Result<String, Error> {
    if length > MOST_CHARS {
        return Err(wrong(format!(
            "{length} characters are too many; there may be {MOST_CHARS}"
        )));
    }
    state.consume_fuel(length / 16)?;
    draw(state, |chance| {
        let letter = |_| char::from(letters[chance.below(letters.len() as u64) as usize]);
        (0..length).map(letter).collect()
    })
}
