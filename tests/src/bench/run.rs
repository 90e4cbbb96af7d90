//! Runs all targets in turn, so that a change of the machine's speed affects all of them.

use std::io::{IsTerminal as _, Write as _};
use std::time::Instant;

use super::case::{Case, Scale};
use super::measure::{Measure, Metric, Summary};
use super::target::Target;

/// Everything that was measured.
#[derive(Clone)]
pub struct Results {
    /// The targets, in the order of the columns.
    pub targets: Vec<Target>,
    /// What each case gave.
    pub cases: Vec<CaseResult>,
}

/// What one case gave.
#[derive(Clone)]
pub struct CaseResult {
    /// The case.
    pub case: Case,
    /// All measures, by target and run.
    pub measures: Vec<(Target, u32, Measure)>,
    /// Runs that ended with an error, by target.
    pub failures: Vec<(Target, String)>,
}

impl CaseResult {
    /// The figures of one kind of one target.
    pub fn summary(&self, target: &Target, metric: Metric) -> Option<Summary> {
        let of_target = self
            .measures
            .iter()
            .filter(|(of, _, measure)| of == target && measure.metric == metric);
        let measures: Vec<Measure> = of_target.map(|(.., measure)| measure.clone()).collect();
        Summary::of(&measures)
    }

    /// How many times as much ours has, run by run: the two stood side by side then.
    pub fn ratio(&self, target: &Target, metric: Metric) -> Option<Summary> {
        let of = |wanted: &Target, in_run: u32| {
            let mut found = self.measures.iter().filter(|(target, run, measure)| {
                target == wanted && *run == in_run && measure.metric == metric
            });
            found.next().map(|(.., measure)| measure.value)
        };
        let runs = self.measures.iter().map(|(_, run, _)| *run).max()?;
        let ratios: Vec<Measure> = (1..=runs)
            .filter_map(|run| Some(of(&Target::Ours, run)? / of(target, run)?))
            .filter(|ratio| ratio.is_finite())
            .map(|ratio| metric.is(ratio))
            .collect();
        Summary::of(&ratios)
    }
}

/// A B C A B C …, case after case.
pub fn interleaved(cases: &[Case], targets: &[Target], runs: u32, scale: Scale) -> Results {
    let begin = Instant::now();
    let total: usize = cases
        .iter()
        .map(|case| targets.iter().filter(|target| (case.suits)(target)).count())
        .sum();
    let mut step = 0;
    let total = total * runs as usize;
    let mut results = Results {
        targets: targets.to_vec(),
        cases: Vec::new(),
    };
    for case in cases {
        let mut result = CaseResult {
            case: *case,
            measures: Vec::new(),
            failures: Vec::new(),
        };
        for run in 1..=runs {
            for target in targets.iter().filter(|target| (case.suits)(target)) {
                step += 1;
                // It takes a minute to find out that a peer cannot do something; once is enough.
                if target != &Target::Ours && result.failures.iter().any(|(failed, _)| failed == target) {
                    continue;
                }
                progress(&format!(
                    "{step}/{total} · {}s · {} · {target} · run {run}",
                    begin.elapsed().as_secs(),
                    case.title
                ));
                match (case.run)(target, scale) {
                    Ok(measures) => {
                        result
                            .measures
                            .extend(measures.into_iter().map(|measure| (target.clone(), run, measure)));
                    }
                    Err(error) => result.failures.push((target.clone(), error.to_string())),
                }
            }
        }
        results.cases.push(result);
    }
    progress("");
    results
}

/// How far something is that takes long, behind the line of the run; nothing where nobody watches.
pub(super) fn details(line: &str) {
    if std::io::stderr().is_terminal() {
        // Back to where the details before stood.
        eprint!("\x1b[s · {line}\x1b[K\x1b[u");
    }
}

/// One line, written over the last one.
pub(crate) fn progress(line: &str) {
    let mut out = std::io::stderr().lock();
    if out.is_terminal() {
        let _ = write!(out, "\r\x1b[K{line}");
        let _ = out.flush();
    } else if !line.is_empty() {
        let _ = writeln!(out, "{line}");
    }
}
