//! Which deal of the CRM a folder's files are of: a folder may be called as the record's id, in either of Salesforce's forms, or as
//! the deal is for people, while the CRM's own tables name the deal by its id.

use std::collections::BTreeMap;

use super::{
    Skipped,
    deal_key::Known,
    export::{Export, ExportFile, UNASSIGNED},
    record_id::Opportunities,
    unassigned::several,
};
use crate::conversation::DealId;

/// Gives the files of `export` the deals that its CRM knows their folders as. A folder that several records can be is none's, which
/// is told, and so is one that none is.
pub(super) fn folders(export: &mut Export) {
    let mut files = export.files.iter().chain(&export.recordings);
    if files.all(|file| file.deal.0 == UNASSIGNED || export.crm.contains_key(&file.deal)) {
        return;
    }
    let mut records = Opportunities::default();
    let mut known = Known::default();
    for (id, record) in &export.crm {
        records.meet(id);
        known.learn(id, record.name.as_deref());
    }
    let mut settled: BTreeMap<DealId, DealId> = BTreeMap::new();
    for file in export.files.iter_mut().chain(&mut export.recordings) {
        if file.deal.0 == UNASSIGNED || export.crm.contains_key(&file.deal) {
            continue;
        }
        if known.find(&file.deal.0).is_none()
            && records.get(&file.deal).is_none()
            && let Some(deal) = within(file, &known)
        {
            file.deal = deal;
            continue;
        }
        if !settled.contains_key(&file.deal) {
            let folder = folder_of(file);
            let mut tell = |code: &str, message: String| {
                export.skipped.push(Skipped { file: folder.clone(), line: None, code: code.into(), message });
            };
            // Of two folders of one record the first gives the deal its id.
            let met = records.meet(&file.deal).cloned();
            let found = known.find(&file.deal.0);
            let one = found.filter(|found| found.len() == 1).and_then(|found| found.first().cloned());
            let has_row = met.as_ref().is_some_and(|deal| export.crm.contains_key(deal)) || found.is_some();
            let deal = met.or(one).unwrap_or_else(|| file.deal.clone());
            if let Some(found) = found.filter(|found| !export.crm.contains_key(&deal) && found.len() > 1) {
                tell(
                    "several_deals",
                    format!(
                        "{} of deals.csv are called as this folder, so none of them counts for it; call it by the id of its own",
                        several(found)
                    ),
                );
            } else if !has_row && !export.crm.is_empty() {
                tell(
                    "no_row",
                    format!(
                        "no row of deals.csv has the id or the name {}, so its amount, stage and day of closing are not known; call \
                         the folder as the row's deal_id",
                        file.deal
                    ),
                );
            }
            settled.insert(file.deal.clone(), deal);
        }
        file.deal.clone_from(&settled[&file.deal]);
    }
}

/// The deal that a folder further down is called as, the outermost of those: some sort their deals into folders by year and month.
fn within(file: &ExportFile, known: &Known) -> Option<DealId> {
    let (folders, _) = file.path.rsplit_once('/')?;
    let deeper = folders.split('/').skip_while(|name| *name != file.deal.0).skip(1);
    let mut found = deeper.filter_map(|name| known.find(name)).filter(|found| found.len() == 1);
    found.next()?.first().cloned()
}

/// The path of the folder that gives `file` its deal; that of a file beside the folders itself.
fn folder_of(file: &ExportFile) -> String {
    let mut ends = file.path.match_indices('/').map(|(at, _)| at);
    let own = ends.find(|at| file.path[..*at].rsplit('/').next() == Some(file.deal.0.as_str()));
    own.map_or_else(|| file.path.clone(), |at| file.path[..at].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::deals_csv;

    #[test]
    fn a_folder_is_known_by_its_records_id_or_by_the_name_that_one_record_has() {
        let table = "id,name\n111,Acme - Seats\n222,Globex\n333,Globex\n444,222\n0061N00000abcDEQAZ,Hooli\nPied,Zo\u{eb}\n\
                     ab,\nAB,\n\"4,567\",\n";
        let (crm, _) = deals_csv::parse("deals.csv", table.as_bytes());
        let cases = [
            ("acme -  seats", "111"),
            ("222", "222"),
            ("Globex", "Globex"),
            ("0061N00000abcDE", "0061N00000abcDEQAZ"),
            ("0061N00000abcDe", "0061N00000abcDe"),
            ("0061N00000abcDeQAZ", "0061N00000abcDe"),
            ("Initech", "Initech"),
            ("PIED", "Pied"),
            ("zoe\u{308}", "Pied"),
            ("Ab", "Ab"),
            ("4567", "4,567"),
            (UNASSIGNED, UNASSIGNED),
        ];
        let file = |folder: &str| ExportFile {
            path: format!("{folder}/1.eml"),
            deal: DealId(folder.into()),
            at: "1.eml".into(),
            size: 1,
            top: false,
        };
        let sorted = ExportFile { path: "2026/03/globex/222/1.eml".into(), ..file("2026") };
        let files = cases.iter().map(|(folder, _)| file(folder)).chain([sorted]).collect();
        let mut export = Export { crm, files, recordings: vec![file("hooli")], ..Export::default() };
        folders(&mut export);
        let found: Vec<&str> = export.files.iter().map(|file| file.deal.0.as_str()).collect();
        assert_eq!(found, [&cases.map(|(_, deal)| deal)[..], &["222"]].concat());
        assert_eq!(export.recordings[0].deal.0, "0061N00000abcDEQAZ");
        let told: Vec<(&str, &str)> = export.skipped.iter().map(|s| (s.file.as_str(), s.code.as_str())).collect();
        assert_eq!(
            told,
            [
                ("Globex", "several_deals"),
                ("0061N00000abcDe", "no_row"),
                ("0061N00000abcDeQAZ", "no_row"),
                ("Initech", "no_row"),
                ("Ab", "several_deals"),
            ]
        );
        let message = &export.skipped[0].message;
        assert!(message.starts_with("the deals 222 and 333 of deals.csv"), "{message}");
    }
}
