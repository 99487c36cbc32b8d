//! What tables and the page show of a conversation and of the people in it, held against the readings.

use dealtone::{
    Side,
    deal_report::finish,
    measure::shape::shapes,
    report::{Bundle, csv, html, table},
    rules::Rules,
};
use jiff::tz::TimeZone;

use crate::deals::{read, readings};

const CALL: &str = "call\n\
    0-10 seller Rob 0 What did you see in the first week of it?\n\
    10.5-20 buyer Ann - It broke twice, and nobody knew why that was.\n\
    19-26 seller Eve 0 Was it the import?\n\
    26-27 buyer Ben 0 Mm-hm.\n\
    27-40 seller Eve 0 Then it is the one that we have mended in the new version.\n\
    36-44 buyer Ann + That would help us.\n\
    50-52 unknown Speaker_3 0 Bye.\n";

#[test]
fn what_tables_say_of_sides_and_people_agrees_with_the_readings() {
    let deal = read(CALL);
    let (readings, shapes) = (readings(&deal), shapes(&deal));
    let [call] = &shapes[..] else { panic!("one call") };
    for (side, name, of) in [(Side::Seller, "seller", &call.seller), (Side::Buyer, "buyer", &call.buyer)] {
        let reading = |rest: &str| readings.get(format!("{name}_{rest}").as_str()).map(|r| r.value);
        let people = || call.people.iter().filter(move |p| p.side == side);
        assert_eq!(of.interruptions.map(|n| n as f64), reading("interruptions"));
        assert_eq!(of.interruptions, people().map(|p| p.interruptions_made).sum());
        assert_eq!(of.interruptions_amazon.map(|n| n as f64), reading("interruptions_amazon"));
        assert_eq!(of.open_questions.map(|n| n as f64), reading("open_questions_per_call"));
        assert_eq!(of.questions, people().map(|p| p.questions).sum::<usize>());
        assert_eq!(of.talk_time_of_call, reading("talk_time_of_call"));
        assert_eq!(of.words_per_minute, reading("words_per_minute"));
        assert_eq!(of.words, people().map(|p| p.words).sum::<usize>());
        assert_eq!(of.stretch_words, people().filter_map(|p| p.stretch_words).max());
        let longest = people().filter_map(|p| p.stretch_s).fold(0.0, f64::max);
        assert_eq!(of.stretch_s, Some(longest));
    }
    assert_eq!(call.patience_s, readings.get("seller_patience_seconds").map(|r| r.value));
    assert_eq!(call.length_s, Some(52.0));
    assert_eq!(call.silence_s, readings.get("silence_seconds").map(|r| r.value));
}

#[test]
fn a_page_tells_the_stretches_and_questions_of_the_readings() {
    let deal = read(
        "call\n- seller Rob 0 First there is the import. (x20)\n- buyer Ann 0 Mm-hm.\n- seller Rob 0 It is at \
         https://x.example/f?id=7 and runs. (x20)\n- buyer Ann 0 When?\n",
    );
    let report = finish(&deal, &Rules::built_in(), None);
    assert_eq!(readings(&deal)["longest_seller_turn_words"].value, 220.0);
    let page = html::served::deal_page(&Bundle { deal: &deal, report: &report }, &TimeZone::UTC);
    assert!(page.contains("220 words, Rob") && page.contains("us 0, buyer 1"), "{page}");
}

#[test]
fn people_stand_in_the_order_in_which_they_spoke_and_what_is_not_known_is_a_gap() {
    let deal =
        read(&format!("{CALL}mail\n- buyer Ann + We love it. / When do we start?\n- buyer Ann 0 See you then.\n"));
    let report = finish(&deal, &Rules::built_in(), None);
    let people = table::people(&[Bundle { deal: &deal, report: &report }]);
    let shown = [
        "channel",
        "person",
        "side",
        "words",
        "word_share",
        "turns",
        "longest_words",
        "longest_s",
        "talk_s",
        "questions",
        "open_questions",
        "interruptions_made",
        "interruptions_suffered",
        "utterances",
        "tone",
    ];
    let columns: Vec<_> = people.columns.into_iter().filter(|c| shown.contains(&c.name)).collect();
    let rounded = columns.into_iter().map(|mut column| {
        for cell in &mut column.cells {
            if let table::Cell::Number(x) = cell {
                *x = (*x * 10.0).round() / 10.0;
            }
        }
        column
    });
    let text = csv::write(&table::Table { columns: rounded.collect(), ..people }).replace("\r\n", "\n");
    let expected = "\
        channel,person,side,words,word_share,turns,longest_words,longest_s,talk_s,questions,open_questions,interruptions_made,interruptions_suffered,utterances,tone\n\
        call,Rob,seller,10,23.8,1,10,10,10,1,1,0,0,1,0\n\
        call,Ann,buyer,13,31,2,9,9.5,17.5,0,0,1,1,2,0\n\
        call,Eve,seller,17,40.5,2,17,21,20,1,0,1,1,2,0\n\
        call,Ben,buyer,1,2.4,1,1,1,1,0,0,0,0,1,0\n\
        call,Speaker_3,unknown,1,2.4,1,1,2,2,0,0,,,1,0\n\
        email,Ann,buyer,10,,2,,,,1,1,,,3,0.7\n";
    assert_eq!(text, expected);
}
