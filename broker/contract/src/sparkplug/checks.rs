//! What holds for a metric, and for an NDEATH, whatever came before.

use super::datatype::{self, BOOLEAN, Value};
use super::found::Found;
use super::payload::{Metric, Payload};
use super::rules as rule;
use super::topic::Kind;

/// The metric that asks for a rebirth.
pub(super) const REBIRTH: &str = "Node Control/Rebirth";

/// The number of the metric bdSeq.
pub(super) fn bdseq_of(metric: &Metric<'_>) -> Option<u64> {
    match (metric.is_null, metric.value) {
        (false, Some(Value::Long(number) | Value::Int(number))) => Some(number),
        _ => None,
    }
}

pub(super) fn told(number: Option<u64>) -> String {
    number.map_or_else(|| "no whole number".to_owned(), |number| number.to_string())
}

/// What holds for NDEATH as a message and as a will.
pub(super) fn check_death(payload: &Payload<'_>, found: &mut Found) {
    if let Some(seq) = payload.seq {
        found.add(&rule::NDEATH_SEQ, || {
            format!("there is a seq, {seq}, which NDEATH has not")
        });
    }
    let is_bdseq = |metric: Metric<'_>| metric.name == Some("bdSeq");
    if payload.metrics != 1 || !payload.metrics().any(is_bdseq) {
        found.add(&rule::NDEATH_PAYLOAD, || {
            let count = payload.metrics;
            let noun = if count == 1 { "metric" } else { "metrics" };
            format!("there are {count} {noun}; there is to be one, bdSeq")
        });
    }
}

pub(super) fn check_rebirth(metric: &Metric<'_>, found: &mut Found) {
    if let Some(alias) = metric.alias {
        found.add(&rule::REBIRTH_ALIAS, || {
            format!("{REBIRTH} has the alias {alias}, and is to have none")
        });
    }
    if let Some(datatype) = metric.datatype.filter(|datatype| *datatype != BOOLEAN) {
        found.add(&rule::REBIRTH_DATATYPE, || {
            format!(
                "{REBIRTH} is of the datatype {}, and is to be a Boolean",
                datatype::name(datatype)
            )
        });
    } else if metric.value != Some(Value::Boolean(false)) {
        found.add(&rule::REBIRTH_VALUE, || format!("{REBIRTH} is to be false"));
    }
}

/// What a metric of a birth has.
pub(super) fn check_of_birth(metric: &Metric<'_>, kind: Kind, found: &mut Found) {
    let label = || metric.label();
    match (metric.name.filter(|name| !name.is_empty()), metric.alias) {
        (None, Some(_)) => found.add(&rule::ALIAS_BIRTH, || format!("{} has no name", label())),
        (None, None) => found.add(&rule::NAME, || "a metric has no name".to_owned()),
        _ => {}
    }
    if metric.timestamp.is_none() {
        found.add(&rule::METRIC_TIMESTAMP, || {
            format!("{} has no timestamp", label())
        });
    }
    if metric.datatype.is_none() {
        found.add(&rule::DATATYPE, || format!("{} has no datatype", label()));
    }
    check_datatype(metric, found);
    if metric.value.is_none() && !metric.is_null {
        let values = if kind == Kind::NBirth {
            &rule::NBIRTH_VALUES
        } else {
            &rule::DBIRTH_VALUES
        };
        found.add(values, || {
            format!("{} has no value, and does not say that it is null", label())
        });
    }
    check_value(metric, metric.datatype, &rule::VALUE, found);
}

pub(super) fn check_datatype(metric: &Metric<'_>, found: &mut Found) {
    if let Some(datatype) = metric
        .datatype
        .filter(|datatype| !datatype::is_of_metric(*datatype))
    {
        found.add(&rule::DATATYPE_KNOWN, || {
            format!(
                "{} has the datatype {}, which no metric has",
                metric.label(),
                datatype::name(datatype)
            )
        });
    }
}

pub(super) fn check_value(
    metric: &Metric<'_>,
    datatype: Option<u64>,
    rule: &'static rule::Rule,
    found: &mut Found,
) {
    let (Some(value), Some(datatype)) = (metric.value, datatype) else {
        return;
    };
    if !value.is_of(datatype) {
        found.add(rule, || {
            format!(
                "{} is of the datatype {}, and has {}",
                metric.label(),
                datatype::name(datatype),
                value.words()
            )
        });
    }
}

pub(super) fn check_alias_alone(metric: &Metric<'_>, alias: Option<u64>, found: &mut Found) {
    if let (Some(_), Some(alias)) = (metric.name, alias) {
        found.add(&rule::ALIAS_DATA, || {
            format!(
                "{} has the alias {alias} by its birth, and comes with its name",
                metric.label()
            )
        });
    }
}
