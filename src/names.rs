//! "Did you mean …?": what a misspelt name is most like.

/// From here on two names are like each other, as [`strsim::jaro_winkler`] sees it (0 to 1).
const LIKE: f64 = 0.8;

/// At most this many names are offered.
const OFFERED: usize = 3;

/// The known names that `name` is like whatever the case, the most alike first; none where none is.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let name = name.to_lowercase();
    let mut like: Vec<(f64, &str)> = known
        .map(|k| (strsim::jaro_winkler(&name, &k.to_lowercase()), k))
        .filter(|(likeness, _)| *likeness > LIKE)
        .collect();
    like.sort_by(|a, b| b.0.total_cmp(&a.0));
    like.into_iter().take(OFFERED).map(|(_, k)| k).collect()
}

/// From here on a name is another one misspelt rather than one of its own.
const MISSPELT: f64 = 0.9;

/// The known name of which `name` can be nothing but a misspelling; none where it may be meant as it stands.
pub fn misspelt<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let like = known.map(|k| (strsim::jaro_winkler(name, k), k)).filter(|(likeness, _)| *likeness > MISSPELT);
    // The first of those that are alike.
    like.reduce(|a, b| if b.0 > a.0 { b } else { a }).map(|(_, k)| k)
}

/// The known name that `said` is, as reports write it too: `Buyer tone now` for `buyer_tone_now`.
pub fn meant<'a>(said: &str, mut known: impl Iterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let folded = |name: &str| name.trim().to_lowercase().replace([' ', '-'], "_");
    known.clone().find(|name| *name == said).or_else(|| known.find(|name| folded(name) == folded(said)))
}

/// `"x" is no rule; did you mean "y"?`, with what it is like where it is like anything.
pub fn unknown_name<'a>(name: &str, what: &str, known: impl Iterator<Item = &'a str>) -> String {
    no_such(name, what, &nearest(name, known))
}

/// The same with what is to be offered.
pub fn no_such(name: &str, what: &str, offered: &[&str]) -> String {
    if offered.is_empty() {
        return format!("{name:?} is no {what}");
    }
    let offered: Vec<String> = offered.iter().map(|k| format!("{k:?}")).collect();
    format!("{name:?} is no {what}; did you mean {}?", offered.join(" or "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_be_said_as_reports_write_it() {
        let known = ["stalled", "buyer_tone_now", "Stalled", "tracker.price_words"];
        for (said, name) in [
            ("Buyer tone now", Some("buyer_tone_now")),
            (" buyer-tone-now", Some("buyer_tone_now")),
            ("Stalled", Some("Stalled")),
            ("STALLED", Some("stalled")),
            ("tracker.price words", Some("tracker.price_words")),
            ("buyer tone", None),
        ] {
            assert_eq!(meant(said, known.into_iter()), name, "{said}");
        }
    }

    #[test]
    fn the_most_alike_comes_first_and_nothing_is_offered_for_what_is_like_nothing() {
        let known = ["stalled", "stalled_in_stage", "gone_quiet"];
        assert_eq!(nearest("staled", known.into_iter()), ["stalled", "stalled_in_stage"]);
        assert_eq!(nearest("STALED", known.into_iter()), ["stalled", "stalled_in_stage"], "whatever the case");
        assert_eq!(unknown_name("zzz", "rule", known.into_iter()), "\"zzz\" is no rule");
        let told = unknown_name("gone_quite", "rule", known.into_iter());
        assert_eq!(told, "\"gone_quite\" is no rule; did you mean \"gone_quiet\"?");
    }
}
