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
