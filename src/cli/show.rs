//! `dealtone show DEAL`: one deal of a run on the terminal, with its flags and quotes.

use std::{io::Write, path::PathBuf};

use anyhow::{anyhow, bail};
use clap::Args;
use jiff::tz::TimeZone;

use super::{
    Done,
    export::read_team,
    judged::{Found, called, deals_of, found_of, one_of, read_judged},
    terminal::{style, tell},
};
use crate::{
    config::{self, ConfigFile},
    deal::Deal,
    deal_report::finish_in,
    judgement::Judgements,
    report::{Bundle, markdown, terminal},
    team,
};

#[derive(Args)]
pub(crate) struct ShowArgs {
    /// The deal, by its id (its folder's name) or by the name that lists of deals show
    deal: String,
    /// Folder that `dealtone analyze --out` or `dealtone report --out` wrote
    #[arg(value_name = "RUN", default_value = ".")]
    run: PathBuf,
    /// Who is of our team: states sides anew for the people and files that it names, and judges the deal anew; scores stay as
    /// they were made
    #[arg(long, value_name = "FILE", env = "DEALTONE_TEAM")]
    team: Option<PathBuf>,
    /// Your own rules over the built-in ones: the deal is judged anew [default: what the run found]
    #[arg(long, value_name = "FILE", env = "DEALTONE_RULES")]
    rules: Option<PathBuf>,
    /// What people judge of the deals, to stand beside what is measured [default: what the run had]
    #[arg(long, value_name = "FILE", env = "DEALTONE_JUDGEMENTS")]
    judgements: Vec<PathBuf>,
    /// Print a brief in Markdown, to paste into a chat or a CRM note
    #[arg(long)]
    markdown: bool,
    /// Time zone in which times are shown, as Europe/Berlin [default: UTC]
    #[arg(long, value_name = "ZONE", env = "DEALTONE_ZONE", value_parser = config::zone)]
    zone: Option<TimeZone>,
}

pub(crate) fn run(args: &ShowArgs, config: &ConfigFile) -> anyhow::Result<Done> {
    let zone = args.zone.clone().or_else(|| config.zone.clone()).unwrap_or(TimeZone::UTC);
    let own_rules = args.rules.as_ref().or(config.rules.as_ref());
    let rules = super::report::rules(own_rules)?;
    let team = match args.team.as_ref().or(config.team.as_ref()) {
        Some(path) => Some(read_team(path)?),
        None => None,
    };
    let judgements = super::report::judgements(&args.judgements, config, &rules)?;
    let listed = deals_of(&args.run);
    let judged = read_judged(&listed)?;
    let judgements = judgements.by_id(&called(&judged)).map_err(|told| anyhow!("judgements: {told}"))?;
    let found = one_of(judged, &args.deal, &listed)?;
    let same_rules = found.rules_sha256.as_ref().is_none_or(|of_run| *of_run == rules.sha256());
    // What the run found is what its page says, by rules and by a dealtone that may be others by now.
    let of_run =
        if team.is_none() && (own_rules.is_none() || same_rules) { found_of(&listed, &found.deal) } else { None };
    if of_run.is_none() && !same_rules {
        tell(format_args!(
            "{}: this run was judged by other rules, so its report may say otherwise; name the rules of the run with --rules",
            args.run.display()
        ));
    }
    let id = found.deal;
    let scored = args.run.join("scored.jsonl");
    let again = "write the results again with `dealtone analyze` or `dealtone report`";
    if !scored.is_file() {
        bail!("{}: the scored conversations are not there; {again}", scored.display());
    }
    let (mut deals, told) = super::report::read_scored(std::slice::from_ref(&scored), Some(&id))?;
    told.iter().for_each(tell);
    let lines = deals.remove(&id).unwrap_or_default();
    if lines.is_empty() {
        bail!("{}: the conversations of {:?} are not in it; {again}", scored.display(), id.0);
    }
    let mut deal = Deal::new(id.clone(), found.crm);
    for mut line in lines {
        team.iter().for_each(|team| team::restate(&mut line.conversation, team));
        deal.absorb(line)?;
    }
    let mut report = finish_in(&deal, &rules, found.as_of, &zone);
    if let Some(Found { health, risks, coaching }) = of_run {
        (report.health, report.risks, report.coaching) = (health, risks, coaching);
    }
    // Those that are named go before those of the run.
    report.judgements =
        if judgements == Judgements::default() { found.judgements } else { judgements.of(&id).to_vec() };
    let bundle = Bundle { deal: &deal, report: &report };
    let text = if args.markdown { markdown::brief(&bundle, &zone) } else { terminal::show(&bundle, &zone, style()) };
    std::io::stdout().lock().write_all(text.as_bytes())?;
    Ok(Done::Whole)
}
