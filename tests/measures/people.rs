//! Who takes part, and who can decide.

use crate::deals::check;

#[test]
fn a_machines_label_is_no_person_and_a_role_is_one() {
    check(
        "a machine's label is no person that can be counted over calls, a role is",
        "call\n- buyer Speaker_2 0 Yes.\ncall\n- buyer Speaker_2 0 No.\n",
        &[("buyer_people_active", None), ("buyer_interactions", Some(2.0))],
    );
    check(
        "a role is one person in all calls",
        "call\n- buyer Customer 0 Yes.\ncall\n- buyer Customer 0 No.\n",
        &[("buyer_people_active", Some(1.0))],
    );
}

#[test]
fn that_one_person_is_all_is_told_only_where_it_is_sure() {
    let ann = "call\n- buyer Ann 0 Yes.\n";
    for (what, more, people) in [
        ("one person", "call\n- buyer Ann 0 No.\n", Some(1.0)),
        ("somebody whose side is not known spoke", "- unknown Lena 0 Hello.\n", None),
        ("two, whoever else spoke", "- buyer Bo 0 No.\n- unknown Lena 0 Hello.\n", Some(2.0)),
        ("a label that may be hers", "call\n- buyer Speaker_1 0 No.\n", None),
        ("a label beside her", "- buyer Speaker_1 0 No.\n", Some(2.0)),
    ] {
        check(what, &format!("{ann}{more}"), &[("buyer_people_active", people)]);
    }
}

#[test]
fn a_yes_of_somebody_above_is_told_from_one_to_come() {
    let gap = "call\n- buyer Ann 0:authority_gap The trustees decide.\n";
    for (what, said, told) in [
        ("a yes that is told", "They have agreed to it.", 1.0),
        ("a yes to come", "Once they have approved it, I will call.", 0.0),
        ("no yes", "Nobody has signed.", 0.0),
        ("a question for it", "Has it been approved?", 0.0),
    ] {
        check(what, &format!("{gap}- buyer Ann 0 {said}\n"), &[("approvals_told", Some(told))]);
    }
}

#[test]
fn who_asks_for_other_people_of_the_buyer() {
    for (what, said, asks) in [
        ("a step to somebody else", "Shall I speak directly with your brother?", 1.0),
        ("somebody to meet", "Is there anyone I should meet in finance?", 1.0),
        ("nobody", "Should I send it to you?", 0.0),
        ("a wish without a question", "Your manager would not like to hear that.", 0.0),
    ] {
        check(
            what,
            &format!("call\n- buyer Ann 0 Hello.\n- seller Rob 0 {said}\n"),
            &[("people_asked_for", Some(asks))],
        );
    }
}
