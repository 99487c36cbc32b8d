//! The example call that Amazon publishes with its call analytics, under the `amazon` preset. Skipped where the sample is
//! not beside the project.

use std::path::Path;

use dealtone::{
    DealId,
    conversation::Side,
    measure::timing::{AMAZON, OWN, timing},
    read::{Input, read},
    team::{self, Team},
};

#[test]
fn the_example_call_gives_its_published_numbers() {
    let name = "transcribe-call-analytics-json/aws-example-call.json";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples").join(name);
    let Ok(bytes) = std::fs::read(&path) else {
        println!("skipped: the sample {name} is not there");
        return;
    };
    let published: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let published =
        |pointer: &str| published.pointer(&format!("/ConversationCharacteristics{pointer}")).unwrap().as_f64().unwrap();
    let mut calls = read(&Input::new(name, &DealId("example".into()), &bytes)).conversations;
    team::decide(&mut calls, None, &Team::default());
    let clock = timing(&calls[0], &AMAZON).expect("every turn has its times");

    let broke_in = |side| clock.interruptions.iter().filter(|i| i.side == side).count() as f64;
    assert_eq!(broke_in(Side::Seller) + broke_in(Side::Buyer), published("/Interruptions/TotalCount"));
    assert_eq!(broke_in(Side::Buyer), 0.0);
    assert_eq!(clock.long_silence_ms as f64, published("/NonTalkTime/TotalTimeMillis"));
    let off = |mine: u64, pointer: &str| mine as f64 / published(pointer) - 1.0;
    let conversation = off(clock.span_ms, "/TotalConversationDurationMillis");
    assert!(conversation.abs() <= 0.02, "{conversation}");
    let customer = off(clock.buyer_ms, "/TalkTime/DetailsByParticipant/CUSTOMER/TotalTimeMillis");
    assert!(customer.abs() <= 0.02, "{customer}");
    // Amazon takes pauses inside a turn out of the talk time where the other speaks meanwhile: "Yeah. <2.6 s> Mhm." is one
    // turn of 3.4 s, of which it counts little. Turns carry no times of single words here, so the agent, who listens aloud
    // in five turns of that call, is held for a tenth longer. The difference is pinned, so that a change is seen.
    let agent = off(clock.seller_ms, "/TalkTime/DetailsByParticipant/AGENT/TotalTimeMillis");
    assert!((0.095..0.105).contains(&agent), "{agent}");
    // By dealtone's own definition half a second at once is enough, and who breaks in must go on.
    assert!(timing(&calls[0], &OWN).unwrap().interruptions.len() > 2);
}
