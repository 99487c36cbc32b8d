//! Who asks, how, and how often.

use crate::deals::check;

#[test]
fn questions_are_counted_by_side_and_form() {
    check(
        "questions are counted by side, open and closed apart",
        "call\n\
         - seller Rob 0 How do you do it today?\n\
         - buyer Ann 0 With a sheet. Do you have one?\n\
         - seller Rob 0 Is it that big? And who fills it?\n\
         - buyer Ann 0 Ben, right?\n\
         call\n\
         - seller Rob 0 Is that so?\n\
         - buyer Ann 0 It is.\n",
        &[
            ("seller_questions_per_call", Some(1.5)),
            ("seller_open_questions_per_call", Some(1.0)),
            ("seller_closed_questions_per_call", Some(0.5)),
            ("buyer_questions_per_call", Some(1.0)),
            ("buyer_open_questions_per_call", Some(0.0)),
            ("buyer_closed_questions_per_call", Some(1.0)),
            ("seller_questions_per_hour", None),
        ],
    );
    check(
        "a transcript without marks has questions too",
        "call\n- seller Rob 0 how do you do it today\n- buyer Ann 0 can you show us yours\n",
        &[("seller_open_questions_per_call", Some(1.0)), ("buyer_closed_questions_per_call", Some(1.0))],
    );
    check(
        "a question has its mark in other scripts too, and an address has none",
        "call\n- seller Rob 0 いつ始まりますか？ はい。\n- buyer Ann 0 It is at https://x.example/f?id=7. متى نبدأ؟\n",
        &[("seller_questions_per_call", Some(1.0)), ("buyer_questions_per_call", Some(1.0))],
    );
    check(
        "the forms of questions are those of English",
        "call\n\
         - seller Rob 0 Wie machen Sie das heute mit den Anfragen aus den Filialen, und wer liest das?\n\
         - buyer Ann 0 Ganz von Hand, jede Woche an einem Freitag, und dann noch einmal am Montag, weil sonst etwas fehlt.\n",
        &[
            ("seller_questions_per_call", Some(1.0)),
            ("seller_open_questions_per_call", None),
            ("seller_closed_questions_per_call", None),
        ],
    );
    check(
        "an hour is counted from five minutes on",
        "call\n0-150 seller Rob 0 How so?\n150-300 buyer Ann 0 It broke. Why is that?\n300-600 seller Rob 0 Who knows?\n",
        &[("seller_questions_per_hour", Some(12.0)), ("buyer_questions_per_hour", Some(6.0))],
    );
    check(
        "who asks waits for the answer",
        "call\n- seller Rob 0 Can you hear me?\n- buyer Ann 0 I can.\n- seller Rob 0 How many tills?\n\
         - seller Rob 0 Full bar? Here is a screen for that.\n- seller Rob 0:next_step@0.9 Thursday at nine?\n",
        &[("questions_first_call", Some(1.0))],
    );
}
