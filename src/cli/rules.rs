//! `pkiform rules`: what a hierarchy is checked against.

use clap::Args;

use super::exit::Exit;
use super::output::Output;
use super::refusal::Refusal;

use crate::report::{json, text};
use crate::rules::{RULES, Rule};
use crate::source::{Diagnostic, nearest};

/// List the rules: id, level, source, why; `allow = ["ID"]` on an entity lifts one
#[derive(Args, Debug)]
pub(super) struct Rules {
    /// Only these
    #[arg(value_name = "ID")]
    ids: Vec<String>,
}

impl Rules {
    pub(super) fn run(&self, output: Output) -> Result<Exit, Box<Refusal>> {
        let mut chosen: Vec<&Rule> = Vec::new();
        for id in &self.ids {
            let Some(rule) = RULES.iter().find(|rule| rule.id == id) else {
                let error = Diagnostic::error("unknown-rule", format!("there is no rule `{id}`"));
                let error = match nearest(id, RULES.iter().map(|rule| rule.id)) {
                    Some(near) => error.help(format!("did you mean `{near}`?")),
                    None => error.help("`pkiform rules` lists them"),
                };
                return Err(Refusal::alone(error));
            };
            chosen.push(rule);
        }
        let rules = if self.ids.is_empty() {
            RULES
        } else {
            chosen.as_slice()
        };
        if output.json {
            output.data(&json::rules(rules));
        } else {
            output.print(&text::rules(rules, output.style));
        }
        Ok(Exit::Done)
    }
}
