//! Which deal of the CRM a folder's files are of: a folder may be called as the record's id, in either of Salesforce's forms, or as
//! the deal is for people, while the CRM's own tables name the deal by its id.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Skipped,
    assign::several,
    export::{Export, UNASSIGNED},
    record_id::Opportunities,
};
use crate::conversation::DealId;

/// Gives the files of `export` the deals that its CRM knows their folders as. A folder whose name several records have is none's,
/// which is told.
pub(super) fn folders(export: &mut Export) {
    let mut records = Opportunities::default();
    let mut names: BTreeMap<String, BTreeSet<DealId>> = BTreeMap::new();
    for (id, record) in &export.crm {
        records.meet(id);
        if let Some(name) = &record.name {
            names.entry(spoken(name)).or_default().insert(id.clone());
        }
    }
    let mut settled: BTreeMap<DealId, DealId> = BTreeMap::new();
    for file in export.files.iter_mut().chain(&mut export.recordings) {
        if file.deal.0 == UNASSIGNED || export.crm.contains_key(&file.deal) {
            continue;
        }
        if !settled.contains_key(&file.deal) {
            let found = names.get(&spoken(&file.deal.0));
            // Of two folders of one record the first gives the deal its id.
            let deal = match (records.meet(&file.deal), found) {
                (Some(met), _) => met.clone(),
                (None, Some(found)) if found.len() == 1 => found.iter().next().unwrap_or(&file.deal).clone(),
                (None, Some(found)) => {
                    let message = format!(
                        "{} of deals.csv are called as this folder, so none of them counts for it; call it by the id of its own",
                        several(found)
                    );
                    let folder = file.path.strip_suffix(file.path.rsplit('/').next().unwrap_or_default());
                    export.skipped.push(Skipped {
                        file: folder.filter(|f| !f.is_empty()).unwrap_or(&file.path).trim_end_matches('/').to_owned(),
                        line: None,
                        code: "several_deals".into(),
                        message,
                    });
                    file.deal.clone()
                }
                (None, None) => file.deal.clone(),
            };
            settled.insert(file.deal.clone(), deal);
        }
        file.deal.clone_from(&settled[&file.deal]);
    }
}

/// A name as it is compared: folders lose blanks and case on their way.
fn spoken(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::{deals_csv, export::ExportFile};

    #[test]
    fn a_folder_is_known_by_its_records_id_or_by_the_name_that_one_record_has() {
        let table = "id,name\n111,Acme - Seats\n222,Globex\n333,Globex\n444,222\n0061N00000abcDEQAZ,Hooli\n";
        let (crm, _) = deals_csv::parse("deals.csv", table.as_bytes());
        let cases = [
            ("acme -  seats", "111"),
            ("222", "222"),
            ("Globex", "Globex"),
            ("0061N00000abcDE", "0061N00000abcDEQAZ"),
            ("0061N00000abcDe", "0061N00000abcDe"),
            ("0061N00000abcDeQAZ", "0061N00000abcDe"),
            ("Initech", "Initech"),
            (UNASSIGNED, UNASSIGNED),
        ];
        let file = |folder: &str| ExportFile {
            path: format!("{folder}/1.eml"),
            deal: DealId(folder.into()),
            at: "1.eml".into(),
            size: 1,
            top: false,
        };
        let files = cases.iter().map(|(folder, _)| file(folder)).collect();
        let mut export = Export { crm, files, recordings: vec![file("hooli")], ..Export::default() };
        folders(&mut export);
        let found: Vec<&str> = export.files.iter().map(|file| file.deal.0.as_str()).collect();
        assert_eq!(found, cases.map(|(_, deal)| deal));
        assert_eq!(export.recordings[0].deal.0, "0061N00000abcDEQAZ");
        let [told] = &export.skipped[..] else { panic!("{:?}", export.skipped) };
        assert_eq!((told.file.as_str(), told.code.as_str()), ("Globex", "several_deals"));
        assert!(told.message.starts_with("the deals 222 and 333 of deals.csv"), "{}", told.message);
    }
}
