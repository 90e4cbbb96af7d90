//! Numbers. `+ - * / // % **` are Jinja's own.

use minijinja::{Environment, Error};

use super::wrong;

pub(super) fn register(engine: &mut Environment<'static>) {
    engine.add_global("pi", std::f64::consts::PI);
    engine.add_function("sin", f64::sin);
    engine.add_function("cos", f64::cos);
    engine.add_function("tan", f64::tan);
    engine.add_function("exp", f64::exp);
    engine.add_function("sqrt", |of: f64| real("sqrt", of, of.sqrt()));
    engine.add_function("ln", |of: f64| real("ln", of, of.ln()));
    engine.add_function("floor", |of: f64| whole(of.floor()));
    engine.add_function("ceil", |of: f64| whole(of.ceil()));
    engine.add_function("clamp", |value: f64, lower: f64, upper: f64| {
        if lower <= upper {
            Ok(value.clamp(lower, upper))
        } else {
            Err(wrong(format!(
                "clamp: {lower} is above {upper}; the lower bound comes first"
            )))
        }
    });
}

fn real(name: &str, of: f64, result: f64) -> Result<f64, Error> {
    if result.is_finite() {
        Ok(result)
    } else {
        Err(wrong(format!("there is no {name} of {of}")))
    }
}

fn whole(number: f64) -> Result<i64, Error> {
    // Within these bounds every whole number is exact.
    if number.abs() < 9.0e15 {
        Ok(number as i64)
    } else {
        Err(wrong(format!("{number} is too large for a whole number")))
    }
}
