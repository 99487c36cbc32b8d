//! What a deal is called, whose it is, and what the CRM says of it, in words.

use super::words::day;
use crate::{deal::CrmRecord, deal_report::DealReport};

/// The deal's name for people: what the CRM calls it, else its id.
pub(super) fn deal_name(report: &DealReport) -> &str {
    let crm = report.crm.as_ref();
    crm.and_then(|c| c.name.as_deref()).filter(|n| !n.trim().is_empty()).unwrap_or(&report.deal.0)
}

/// What the CRM says, in a line, without what the deal's name or its id says already; on the list (not `whole`) without
/// the id.
pub(super) fn about(report: &DealReport, whole: bool) -> Vec<String> {
    let mut parts = Vec::new();
    let name = deal_name(report);
    let id = Some(&report.deal.0).filter(|id| whole && *id != name);
    parts.extend(id.cloned());
    if let Some(crm) = &report.crm {
        parts.extend(account_unsaid(crm, &[Some(name), id.map(String::as_str)]));
        parts.extend([&crm.kind, &crm.stage].into_iter().flatten().cloned());
        parts.extend(crm.amount.map(|value| amount(value, crm.currency.as_deref())));
        parts.extend(crm.close_date.map(|d| format!("closes {}", day(d))));
        parts.extend(crm.owner.clone());
    }
    parts.retain(|p| !p.trim().is_empty());
    parts
}

/// Whose deal it is, where its name does not say: the account, else the id.
pub(super) fn whose(report: &DealReport) -> Option<String> {
    let name = deal_name(report);
    match &report.crm {
        Some(crm) if crm.account.as_deref().is_some_and(|account| !account.trim().is_empty()) => {
            account_unsaid(crm, &[Some(name)])
        }
        _ => Some(report.deal.0.clone()).filter(|id| id != name),
    }
}

/// The account, where none of `texts` says it, as whole words: "EY" is not said by "Survey".
fn account_unsaid(crm: &CrmRecord, texts: &[Option<&str>]) -> Option<String> {
    let says = |text: &str, account: &str| {
        let (text, account) = (text.to_lowercase(), account.trim().to_lowercase());
        let cut = |at: usize| {
            text[..at].ends_with(char::is_alphanumeric) || text[at + account.len()..].starts_with(char::is_alphanumeric)
        };
        text.match_indices(&account).any(|(at, _)| !cut(at))
    };
    let account = crm.account.clone().filter(|account| !account.trim().is_empty())?;
    (!texts.iter().flatten().any(|text| says(text, &account))).then_some(account)
}

/// `12,500 EUR`, `$12,500`; without a currency where the CRM tells none.
fn amount(value: f64, currency: Option<&str>) -> String {
    let whole = format!("{:.0}", value.abs());
    let mut out = String::new();
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i) % 3 == 0 {
            out.push(',');
        }
        out.push(digit);
    }
    let minus = if value < 0.0 { "−" } else { "" };
    match currency {
        Some(sign) if !sign.contains(char::is_alphabetic) => format!("{minus}{sign}{out}"),
        Some(code) => format!("{minus}{out} {code}"),
        None => format!("{minus}{out}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{conversation::DealId, deal::Deal, deal_report::finish, rules::Rules};

    #[test]
    fn an_amount_is_shown_with_the_currency_that_is_told() {
        for (value, currency, shown) in [
            (12_500.0, None, "12,500"),
            (12_500.4, Some("EUR"), "12,500 EUR"),
            (1_200.0, Some("$"), "$1,200"),
            (-500.0, Some("kr"), "−500 kr"),
        ] {
            assert_eq!(amount(value, currency), shown);
        }
    }

    #[test]
    fn a_name_is_followed_by_whose_deal_it_is_where_it_does_not_say() {
        for (id, name, account, told) in [
            ("acme", None, None, None),
            ("a-1", Some("Renewal 2026"), Some("Acme"), Some("Acme")),
            ("a-1", Some("Acme renewal"), Some("Acme"), None),
            ("a-1", Some("Survey"), Some("EY"), Some("EY")),
            ("a-1", Some("Renewal 2026"), Some(" "), Some("a-1")),
            ("a-1", Some("Renewal 2026"), None, Some("a-1")),
        ] {
            let text = |text: Option<&str>| text.map(str::to_owned);
            let crm = CrmRecord { name: text(name), account: text(account), ..CrmRecord::default() };
            let report = finish(&Deal::new(DealId(id.into()), Some(crm)), &Rules::built_in(), None);
            assert_eq!(whose(&report).as_deref(), told, "{id} {name:?} {account:?}");
        }
    }
}
