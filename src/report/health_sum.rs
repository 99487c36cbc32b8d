//! What a health is the sum of, as people read it: what moves it most first, and what moves nothing in a line.

use super::words::{plain, signed};
use crate::{
    deal_report::DealReport,
    health::{Contribution, Health, IF_NOT_UP},
};

/// What a health is the sum of, as people read it.
pub(super) struct Sum<'a> {
    /// What moves it: where it starts, then the most points first, then flags that take none.
    pub parts: Vec<(&'a Contribution, String)>,
    /// Measures that add nothing, by name.
    pub nothing: Vec<String>,
    /// What is said of all flags that take points, where there are any.
    pub come_back: &'static str,
}

/// What the health of a deal is the sum of. The report's lines for programs hold the same in the order of the tables.
pub(super) fn sum(report: &DealReport) -> Sum<'_> {
    let is_flag = |c: &Contribution| report.risks.iter().chain(&report.coaching).any(|f| f.name == c.name);
    let (mut parts, nothing): (Vec<_>, Vec<_>) =
        report.health.contributions.iter().partition(|c| c.points != 0.0 || is_flag(c));
    let place = |c: &&Contribution| (c.name != "base", c.points == 0.0);
    parts.sort_by(|a, b| place(a).cmp(&place(b)).then(b.points.abs().total_cmp(&a.points.abs())));
    // That a flag's points come back with it is said once for all of them.
    let because = |c: &Contribution| signed(c.because.trim_end_matches(IF_NOT_UP).trim());
    let takes = |c: &&Contribution| c.points < 0.0 && is_flag(c);
    Sum {
        come_back: if parts.iter().any(takes) { "What a flag takes comes back when the flag goes." } else { "" },
        parts: parts.into_iter().map(|c| (c, because(c))).collect(),
        nothing: nothing.into_iter().map(|c| plain(&c.name)).collect(),
    }
}

/// In which range a person would put the deal, in words; nothing where there is no health.
pub(super) fn interval(health: &Health) -> String {
    match (health.low, health.high) {
        (Some(low), Some(high)) => format!("{low} to {high} by a reader, 4 times in 5"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conversation::DealId, deal::Deal, deal_report::finish, rules::Rules};

    #[test]
    fn what_moves_it_most_stands_first_and_what_adds_nothing_apart() {
        let mut report = finish(&Deal::new(DealId("d".into()), None), &Rules::built_in(), None);
        let part = |name: &str, points: f64, because: &str| Contribution {
            name: name.into(),
            points,
            because: because.into(),
        };
        report.health.contributions = vec![
            part("base", 70.0, "where every deal starts"),
            part("buyer_tone_now", -2.9, "-0.29; at 0.00 it would add nothing"),
            part("champion_moments", 0.0, "0; at 0 it would add nothing"),
            part("buying_signals_late", 15.0, "3; at 0 it would add nothing"),
        ];
        let sum = sum(&report);
        let told: Vec<_> = sum.parts.iter().map(|(part, because)| (part.name.as_str(), because.as_str())).collect();
        assert_eq!(
            told,
            [
                ("base", "where every deal starts"),
                ("buying_signals_late", "3; at 0 it would add nothing"),
                ("buyer_tone_now", "−0.29; at 0.00 it would add nothing"),
            ]
        );
        assert_eq!(sum.nothing, ["champion moments"]);
    }
}
