//! Whether a row of a CRM's table tells of something that took place: a task that is still to be done holds what its owner
//! means to say, a draft what nobody got, and a deleted row is nobody's any more.

use crate::read::table::{Columns, plain};

/// Why a row does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// The activity is not done.
    NotDone,
    /// The mail was not sent, came back, or the row was deleted.
    NotSent,
}

/// What a whole table tells about its column of statuses.
#[derive(Clone, Copy, Debug, Default)]
pub struct Habit {
    /// Whether it is an activity's: some row's says "Completed". Else "Open" may be the deal's.
    of_activities: bool,
}

impl Habit {
    /// The habit of a table with `rows` and these `headers`.
    pub fn of<'r>(
        headers: &csv::StringRecord,
        columns: &Columns,
        rows: impl Iterator<Item = &'r csv::StringRecord>,
    ) -> Habit {
        let named = columns.place("status").and_then(|at| headers.get(at)).map(plain);
        let own = named.is_some_and(|n| !matches!(&n[..], "status" | "estado" | "état" | "statut" | "stato"));
        let of_activities = own
            || columns.has("closed")
            || rows.flat_map(|row| columns.each(row, "status")).any(|cell| DONE.contains(&&plain(cell)[..]));
        Habit { of_activities }
    }
}

/// Why the row does not count, if it does not; `mailed`: it is an e-mail.
pub fn absent(columns: &Columns, row: &csv::StringRecord, mailed: bool, habit: Habit) -> Option<Absent> {
    let cell = |name: &str| columns.cell(row, name).map(plain);
    let says = |name: &str, words: &[&str]| cell(name).is_some_and(|c| words.contains(&&c[..]));
    if says("deleted", YES) || says("draft", YES) {
        return Some(Absent::NotSent);
    }
    // Dynamics has a status beside the reason for it: a draft is "Open" for one and "Draft" for the other.
    let statuses: Vec<String> = columns.each(row, "status").map(plain).collect();
    let any = |of: &[&str]| statuses.iter().any(|status| of.contains(&&status[..]));
    // Salesforce numbers the statuses of its messages, which have a direction: 5 is a draft.
    if mailed && (any(UNSENT) || (any(&["5"]) && columns.has("direction"))) {
        return Some(Absent::NotSent);
    }
    let done = any(DONE) || says("closed", YES);
    let open = any(OPEN) || (habit.of_activities && any(MAYBE_OPEN)) || says("closed", NO);
    (open && !done).then_some(Absent::NotDone)
}

/// Whether nobody got a mail of this status, as [`plain`] leaves it.
pub fn is_unsent(status: &str) -> bool {
    UNSENT.contains(&status)
}

/// Whether a message came in, by what a CRM writes as its direction; none where it says neither.
pub fn is_incoming(direction: &str) -> Option<bool> {
    came_in(direction).or_else(|| match &plain(direction)[..] {
        "true" | "1" => Some(true),
        "false" | "0" | "email" => Some(false),
        _ => None,
    })
}

/// The same by the words for it alone, where what is asked may hold something else than a direction.
pub fn came_in(direction: &str) -> Option<bool> {
    match &plain(direction)[..] {
        "incoming" | "incomingemail" | "inbound" | "received" | "eingehend" => Some(true),
        "outgoing" | "outgoingemail" | "outbound" | "outboundapi" | "outboundreply" | "sent" | "ausgehend" => {
            Some(false)
        }
        _ => None,
    }
}

/// Whether a cell says yes.
pub fn is_yes(cell: &str) -> bool {
    YES.contains(&&plain(cell)[..])
}

/// Whether a cell says no.
pub fn is_no(cell: &str) -> bool {
    NO.contains(&&plain(cell)[..])
}

const YES: &[&str] =
    &["true", "1", "yes", "y", "wahr", "ja", "vrai", "oui", "verdadero", "sí", "sim", "vero", "waar", "x"];

const NO: &[&str] =
    &["false", "0", "no", "n", "todo", "open", "falsch", "nein", "faux", "non", "falso", "não", "onwaar", "nee"];

/// The statuses of mails that nobody got.
const UNSENT: &[&str] = &[
    "draft",
    "drafts",
    "unsent",
    "notsent",
    "pending",
    "pendingsend",
    "scheduled",
    "queued",
    "outbox",
    // Dynamics and HubSpot say so until the mail is out.
    "sending",
    "failed",
    "bounced",
    "undelivered",
    "notdelivered",
    "canceled",
    "cancelled",
    "entwurf",
    "nichtgesendet",
    "abgebrochen",
    "fehlgeschlagen",
    "brouillon",
    "nonenvoyé",
    "borrador",
    "noenviado",
    "rascunho",
    "nãoenviado",
    "bozza",
    "noninviato",
    "concept",
    "nietverzonden",
];

/// The statuses of activities that took place.
const DONE: &[&str] = &[
    "completed",
    "complete",
    "done",
    "held",
    "finished",
    "abgeschlossen",
    "erledigt",
    "durchgeführt",
    "terminé",
    "terminée",
    "achevé",
    "achevée",
    "effectué",
    "completado",
    "completada",
    "finalizado",
    "finalizada",
    "realizado",
    "realizada",
    "concluído",
    "concluída",
    "completato",
    "completata",
    "voltooid",
    "afgerond",
];

/// The statuses of activities that did not, which nothing else has.
const OPEN: &[&str] = &[
    "notstarted",
    "deferred",
    "waiting",
    "waitingonsomeoneelse",
    "waitingforsomeoneelse",
    "todo",
    "nichtbegonnen",
    "nichtgestartet",
    "zurückgestellt",
    "wartetaufanderen",
    "wartetaufandereperson",
    "wartenaufandere",
    "noncommencé",
    "noncommencée",
    "pascommencé",
    "nondémarré",
    "nondémarrée",
    "différé",
    "différée",
    "reporté",
    "reportée",
    "enattentedequelquunautre",
    "enattenteduntiers",
    "noiniciado",
    "noiniciada",
    "sincomenzar",
    "aplazado",
    "aplazada",
    "alaesperadeotrapersona",
    "nãoiniciado",
    "nãoiniciada",
    "adiado",
    "adiada",
    "aguardandooutrapessoa",
    "noniniziato",
    "noniniziata",
    "rinviato",
    "rinviata",
    "inattesadialtri",
    "nietgestart",
    "nietbegonnen",
    "uitgesteld",
];

/// The same, which deals have as well.
const MAYBE_OPEN: &[&str] = &[
    "inprogress",
    "open",
    "planned",
    "scheduled",
    "pending",
    "upcoming",
    "overdue",
    "inbearbeitung",
    "offen",
    "geplant",
    "encours",
    "ouvert",
    "ouverte",
    "planifié",
    "planifiée",
    "prévu",
    "prévue",
    "encurso",
    "abierto",
    "abierta",
    "planificado",
    "planificada",
    "programado",
    "programada",
    "pendiente",
    "emandamento",
    "aberto",
    "aberta",
    "planejado",
    "planejada",
    "agendado",
    "agendada",
    "pendente",
    "incorso",
    "aperto",
    "aperta",
    "pianificato",
    "pianificata",
    "inuitvoering",
    "wordtuitgevoerd",
    "gepland",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::crm::columns::CRM;

    #[test]
    fn what_is_open_or_a_draft_did_not_take_place() {
        for (heading, row, mailed, elsewhere, expected) in [
            ("status", "Completed", false, "", None),
            ("status", "Not Started", false, "", Some(Absent::NotDone)),
            ("status", "Nicht begonnen", false, "", Some(Absent::NotDone)),
            // Of a deal, unless the table has done activities.
            ("status", "Open", false, "", None),
            ("status", "Open", false, "Completed", Some(Absent::NotDone)),
            ("Task Status", "In Progress", false, "", Some(Absent::NotDone)),
            ("IsClosed", "false", false, "", Some(Absent::NotDone)),
            ("Done", "To do", false, "", Some(Absent::NotDone)),
            ("Done", "2026-03-12", false, "", None),
            ("IsDeleted", "true", false, "", Some(Absent::NotSent)),
            ("IsDeleted", "false", false, "", None),
            ("Status", "Pending", false, "", None),
            ("Status", "Pending", true, "", Some(Absent::NotSent)),
            ("Status", "Sent", true, "", None),
            ("Status,Incoming", "5,false", true, "", Some(Absent::NotSent)),
            ("Status", "5", true, "", None),
            ("Status,IsClosed", "Completed,false", false, "", None),
            ("Email send status", "BOUNCED", true, "", Some(Absent::NotSent)),
            ("Status Reason", "Pending Send", true, "", Some(Absent::NotSent)),
            ("Activity Status,Status Reason", "Canceled,Canceled", true, "", Some(Absent::NotSent)),
            ("Activity Status,Status Reason", "Open,Draft", true, "", Some(Absent::NotSent)),
            ("Activity Status,Status Reason", "Completed,Received", true, "", None),
            // What was noted of a meeting that was called off is read.
            ("Activity Status", "Canceled", false, "", None),
            ("Outgoing Call Status", "Scheduled", false, "", Some(Absent::NotDone)),
            ("Call Status", "Overdue", false, "", Some(Absent::NotDone)),
            // Nor is what was noted of a call that was called off or missed lost.
            ("Outgoing Call Status", "Cancelled", false, "", None),
            ("Call Status", "Missed", false, "", None),
            ("Call Status", "Completed", false, "", None),
        ] {
            let record = |text: &str| csv::StringRecord::from(text.split(',').collect::<Vec<_>>());
            let (headers, row, other) = (record(heading), record(row), record(elsewhere));
            let columns = Columns::with_several(&headers, CRM, &["status"]);
            let habit = Habit::of(&headers, &columns, [&row, &other].into_iter());
            assert_eq!(absent(&columns, &row, mailed, habit), expected, "{heading}: {row:?}");
        }
        let lists = [DONE, OPEN, MAYBE_OPEN].concat();
        assert!(lists.iter().all(|status| lists.iter().filter(|s| s == &status).count() == 1));
    }
}
