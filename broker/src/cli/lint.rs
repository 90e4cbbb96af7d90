//! `broker lint`: a recording, held against a profile, AsyncAPI documents and JSON Schemas.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::log::complain;
use super::play::read;
use super::profiles::{VIOLATIONS, summary, summary_json};
use crate::engine::ConnId;
use crate::fault::Who;
use crate::profile::{Inspector, Mode, Profile, Tally};
use crate::profiles;
use crate::time::Time;

/// Say what of a recording another broker, or a contract, would not take
#[derive(Debug, Args)]
#[command(group(clap::ArgGroup::new("against").multiple(true).required(true)))]
pub(super) struct Lint {
    /// The recording: a file that broker --record or subscriber --record wrote
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// The broker: a name of broker profile list, or a file with one's own
    #[arg(long, value_name = "NAME", group = "against")]
    profile: Option<String>,

    /// AsyncAPI document that clients are to keep to; repeatable
    #[cfg(feature = "contracts")]
    #[arg(long, value_name = "DOCUMENT", group = "against")]
    asyncapi: Vec<String>,

    /// JSON Schema for the payloads of topics, as 'lamps/+/state=state.json'; repeatable
    #[cfg(feature = "contracts")]
    #[arg(long, value_name = "FILTER=FILE", group = "against")]
    schema: Vec<String>,

    /// Client identifier of the application that the documents describe; * stands for any characters; repeatable
    #[cfg(feature = "contracts")]
    #[arg(long, value_name = "ID", requires = "asyncapi")]
    application: Vec<String>,

    /// Print one JSON object, for programs
    #[arg(long)]
    json: bool,
}

impl Lint {
    pub(super) fn run(self) -> ExitCode {
        let profile = match self.profile.as_deref().map(profiles::find).transpose() {
            Ok(profile) => profile,
            Err(wrong) => {
                complain(&wrong.to_string());
                return ExitCode::from(2);
            }
        };
        #[cfg(feature = "contracts")]
        let contracts = match self.contracts() {
            Ok(contracts) => contracts,
            Err(wrong) => return super::asyncapi::refuse(&wrong),
        };
        let Some(recording) = read(&self.file) else {
            return ExitCode::from(2);
        };
        let tally = profile.map(|profile| held_against(profile, &recording));
        let mut is_broken = tally.as_ref().is_some_and(|tally| tally.total() > 0);
        let mut text = tally.as_ref().map(summary).unwrap_or_default();
        let mut json = tally.as_ref().map(summary_json).unwrap_or_default();
        #[cfg(feature = "contracts")]
        if let Some(held) = contracts {
            let mut contracts = held.contracts();
            super::asyncapi::look_through(&mut contracts, &recording);
            let report = contracts.report();
            is_broken |= report.broken > 0;
            text += &settings::text::escaped_lines(&report.text());
            json["contracts"] = report.json();
        }
        if self.json {
            text = format!("{json:#}\n");
        }
        let _ = std::io::stdout().write_all(text.as_bytes());
        match (is_broken, recording.is_whole()) {
            (true, _) => ExitCode::from(VIOLATIONS),
            (false, true) => ExitCode::SUCCESS,
            (false, false) => ExitCode::from(3),
        }
    }

    #[cfg(feature = "contracts")]
    fn contracts(&self) -> Result<Option<std::sync::Arc<crate::contract::Held>>, Vec<broker_contract::Told>> {
        let said = settings::Contracts {
            asyncapi: self.asyncapi.clone(),
            schemas: self.schema.clone(),
            application: self.application.clone(),
            examples: false,
            enforce: false,
            sparkplug: false,
        };
        crate::contract::Held::read(&said, &crate::contract::Files::OfThisMachine)
    }
}

fn held_against(profile: Profile, recording: &crate::recording::Recording) -> Tally {
    let mut inspector = Inspector::new(profile.into(), Mode::Warn);
    let mut tally = Tally::default();
    let mut names: HashMap<u32, String> = HashMap::new();
    recording.each_packet(|step| {
        let conn = ConnId::relayed(step.conn);
        let name = names.entry(step.conn).or_default();
        if !step.client_id.is_empty() && *name != step.client_id {
            step.client_id.clone_into(name);
        }
        let Some((direction, bytes)) = step.packet else {
            inspector.closed(conn);
            return;
        };
        let who = Who {
            conn,
            client_id: name.as_str().into(),
            user: None,
            listener: "".into(),
            version: step.version,
        };
        let now = Time::ZERO + step.at;
        let found = inspector.packet(now, &who, direction, &bytes, None);
        for one in found.iter().filter(|one| !one.is_repeated) {
            tally.add(now, &one.remark(false));
        }
    });
    tally
}
