//! What is told of the rows of a CRM's table once, at its end: of which it holds for how many.

use crate::read::{Input, Skipped, crm::status::Absent, export::UNASSIGNED, noted::Noted};

/// The rows of which something is told at the end.
#[derive(Default)]
pub struct Told {
    not_done: Noted,
    not_sent: Noted,
    /// Those that nothing tells when they were.
    pub undated: Noted,
    /// Those that name several deals.
    pub of_several: Noted,
    /// Those of another record than an opportunity.
    pub of_others: Noted,
}

impl Told {
    /// Counts a row that was left out.
    pub fn leave_out(&mut self, why: Absent, line: Option<usize>) {
        if why == Absent::NotDone { &mut self.not_done } else { &mut self.not_sent }.add(line);
    }

    /// Tells of all; `dated_by`: the name of the column of dates.
    pub fn tell(&self, input: &Input, dated_by: Option<&str>, skipped: &mut Vec<Skipped>) {
        self.tell_left_out(input, skipped);
        self.tell_undated(input, dated_by, skipped);
        // What lies in a deal's folder is of that deal, whatever its rows name.
        if input.top || input.deal.0 == UNASSIGNED {
            self.tell_of_deals(input, skipped);
        }
    }

    fn tell_left_out(&self, input: &Input, skipped: &mut Vec<Skipped>) {
        let open = ("a task or an activity that is not done yet", "tasks or activities that are not done yet");
        let unsent = (
            "an e-mail that was not sent, did not arrive, or was deleted",
            "e-mails that were not sent, did not arrive, or were deleted",
        );
        for (rows, code, (one, several)) in [(&self.not_done, "not_done", open), (&self.not_sent, "not_sent", unsent)] {
            let one = format!("a row is {one}; it was left out");
            let several = |rows| format!("{rows} rows are {several}; they were left out");
            skipped.extend(rows.told(input, code, &one, several));
        }
    }

    fn tell_undated(&self, input: &Input, dated_by: Option<&str>, skipped: &mut Vec<Skipped>) {
        let remedy = match dated_by {
            Some(heading) => format!("it has nothing in the column \"{heading}\", so it counts as the latest of its deal; fill that"),
            None => "no column of dates is known in its table, so it counts as the latest of its deal; call one of them Date".into(),
        };
        let one = format!("nothing tells when the activity of the row was: {remedy}");
        let several = |rows| format!("{rows} rows tell nothing of when their activity was, of each: {remedy}");
        skipped.extend(self.undated.told(input, "no_date", &one, several));
    }

    fn tell_of_deals(&self, input: &Input, skipped: &mut Vec<Skipped>) {
        skipped.extend(self.of_several.told(
            input,
            "several_deals",
            "the row names several deals and was read for the first of them alone; where it is of another, lay it into that deal's folder",
            |rows| {
                format!(
                    "{rows} rows name several deals, and each was read for the first of them alone; where one is of another, lay it into \
                     that deal's folder"
                )
            },
        ));
        skipped.extend(self.of_others.told(
            input,
            "no_opportunity",
            "the row is of an account, a case or another record than an opportunity, so it was read as if it named no deal; lay it into \
             the folder of its deal",
            |rows| {
                format!(
                    "{rows} rows are of accounts, cases or other records than opportunities, so they were read as if they named no deal; \
                     lay what is of a deal into its folder"
                )
            },
        ));
    }
}
