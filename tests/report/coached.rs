//! Coaching stands with the person whose words it is about, in everything that people read.

use dealtone::{
    Side,
    measure::Evidence,
    report::{html, markdown, terminal},
    rules::Severity,
};
use jiff::tz::TimeZone;

use crate::fixture::{self, Made};

const OWNER: &str = "Declan Purvis";
const CRAIG: &str = "Craig Mullins";
const JESS: &str = "Jess Tran";

#[test]
fn a_prompt_is_for_whoever_of_our_side_said_most_of_what_it_rests_on() {
    let mut made = fixture::plain();
    let mut said = |side, speaker, words| fixture::said(&mut made, side, speaker, words);
    let craig = said(Side::Seller, CRAIG, "Sign by Friday, or the price goes.");
    let craig_too = said(Side::Seller, CRAIG, "You would be mad to wait.");
    let jess = said(Side::Seller, JESS, "I am sorry that you had that week.");
    let declan = said(Side::Seller, OWNER, "Let me show you something else.");
    let buyer = said(Side::Buyer, "Steph Ormerod", "Does it do that today?");
    let absence = Evidence::Absence { absence: "Nobody else was asked for.".into() };
    let cases = [
        ("pressure_tactics", Severity::Medium, vec![jess.clone(), craig.clone(), craig_too], CRAIG),
        ("good_empathy", Severity::Good, vec![jess.clone()], JESS),
        ("unanswered_question", Severity::Medium, vec![buyer.clone()], OWNER),
        // Whoever asked the one question is not who asked too few.
        ("few_questions", Severity::Low, vec![jess.clone()], OWNER),
        ("multithread", Severity::Low, vec![absence.clone()], OWNER),
        ("vague_next_step", Severity::Low, vec![absence, craig.clone()], CRAIG),
        ("talk_ratio", Severity::Low, vec![jess.clone(), declan], OWNER),
        ("long_monologue", Severity::Low, vec![craig, jess, buyer], CRAIG),
    ];
    made.report.coaching =
        cases.iter().map(|(name, severity, evidence, _)| fixture::prompt(name, *severity, evidence.clone())).collect();
    for (name, severity, _, person) in &cases {
        check(&made, name, *severity, person);
    }
    // As the CRM writes the name, it is still one person, and is called as the conversations call that person.
    for owner in ["Mullins, Craig", "C. Mullins", "craig.mullins@ours.example"] {
        made.report.crm.as_mut().unwrap().owner = Some(owner.into());
        for name in ["pressure_tactics", "unanswered_question"] {
            check(&made, name, Severity::Medium, CRAIG);
        }
        let page = terminal::show(&made.bundle(), &TimeZone::UTC, terminal::Style::PLAIN);
        assert_eq!(page.matches("For Craig Mullins").count(), 1, "{page}");
        assert!(!page.contains(&format!("For {owner}")), "{page}");
    }
}

/// Under whose name a prompt stands, on each page.
fn check(made: &Made, prompt: &str, severity: Severity, person: &str) {
    let (bundle, zone) = (made.bundle(), TimeZone::UTC);
    let words = prompt.replace('_', " ");
    let words = format!("{}{}", words[..1].to_uppercase(), &words[1..]);
    let kind = if severity == Severity::Good { "Done well" } else { "To try next" };
    let low = kind.to_lowercase();
    for (page, before, prompt) in [
        (terminal::show(&bundle, &zone, terminal::Style::PLAIN), format!("\nFor {person}\n"), format!(" {words} ")),
        (html::served::deal_page(&bundle, &zone), format!(">For <bdi>{person}</bdi></h2>"), format!("<h3>{words} ")),
        (markdown::brief(&bundle, &zone), format!("\n### For {person}: {low}\n"), format!("- **{words}.**")),
    ] {
        let (_, section) = page.split_once(&before).unwrap_or_else(|| panic!("nothing is {before:?} in\n{page}"));
        let section = section.split("\nFor ").next().unwrap().split(">For <bdi>").next().unwrap();
        let section = section.split("\n### ").next().unwrap();
        assert!(section.contains(&prompt), "{prompt:?} does not stand {before:?} in\n{page}");
    }
}

#[test]
fn praise_has_nothing_that_would_clear_it() {
    let mut made = fixture::plain();
    made.report.risks.clear();
    made.report.coaching.retain(|f| f.severity == Severity::Good);
    for page in [
        terminal::show(&made.bundle(), &TimeZone::UTC, terminal::Style::PLAIN),
        html::served::deal_page(&made.bundle(), &TimeZone::UTC),
    ] {
        assert!(page.contains("Good discovery") && !page.contains("Clears when"), "{page}");
    }
}

#[test]
fn of_a_long_quote_the_start_and_the_end_are_shown() {
    let mut made = fixture::plain();
    let words: Vec<String> = (0..400).map(|n| format!("word{n}.")).collect();
    let quote = fixture::said(&mut made, Side::Seller, CRAIG, &words.join(" "));
    made.report.risks[0].evidence = vec![quote];
    for page in [
        terminal::show(&made.bundle(), &TimeZone::UTC, terminal::Style { width: 4_000, ..terminal::Style::PLAIN }),
        html::served::deal_page(&made.bundle(), &TimeZone::UTC),
        markdown::brief(&made.bundle(), &TimeZone::UTC),
    ] {
        for shown in ["word0. word1.", "word59. … word360.", "word398. word399."] {
            assert!(page.contains(shown), "{shown} is not in\n{page}");
        }
    }
}

#[test]
fn a_prompt_stands_with_the_words_that_it_rests_on_wherever_it_is_read() {
    let mut made = fixture::plain();
    let pushed = fixture::said(&mut made, Side::Seller, CRAIG, "Sign by Friday, or the price goes.");
    let cared = fixture::said(&mut made, Side::Seller, JESS, "I am sorry that you had that week.");
    made.report.coaching = vec![
        fixture::prompt("pressure_tactics", Severity::Medium, vec![pushed]),
        fixture::prompt("good_empathy", Severity::Good, vec![cared]),
    ];
    for page in [
        terminal::show(&made.bundle(), &TimeZone::UTC, terminal::Style::PLAIN),
        html::served::deal_page(&made.bundle(), &TimeZone::UTC),
        markdown::brief(&made.bundle(), &TimeZone::UTC),
    ] {
        // Behind the prompts the page shows every conversation in full, where these words stand again.
        let page = page.split("class=\"talks\"").next().unwrap();
        let (_, prompts) = page.split_once("Pressure tactics").expect("the prompt is told");
        let (pushed, cared) = prompts.split_once("Good empathy").expect("the praise is told");
        assert!(pushed.contains("Sign by Friday, or the price goes."), "{page}");
        assert!(cared.contains("I am sorry that you had that week."), "{page}");
    }
}
