//! `dealtone schema`: the JSON Schemas of what dealtone writes.

use std::io::Write;

use anyhow::bail;
use clap::Args;

use super::Done;
use crate::report::schema::{SCHEMAS, named};

#[derive(Args)]
pub(crate) struct SchemaArgs {
    /// Which one; without it, their names
    name: Option<String>,
}

pub(crate) fn run(args: &SchemaArgs) -> anyhow::Result<Done> {
    let mut out = std::io::stdout().lock();
    let Some(name) = &args.name else {
        for schema in SCHEMAS {
            writeln!(out, "{:<14}{}", schema.name, schema.describes)?;
        }
        return Ok(Done::Whole);
    };
    let Some(schema) = named(name) else {
        bail!("there is no schema {name:?}; `dealtone schema` lists them");
    };
    serde_json::to_writer_pretty(&mut out, &(schema.schema)()).map_err(std::io::Error::from)?;
    out.write_all(b"\n")?;
    Ok(Done::Whole)
}
