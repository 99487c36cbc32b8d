//! A mail in the body of another: where its head begins, who wrote it, its words, and what it passes on itself.

use crate::read::email::{
    self,
    divider::Divider,
    footer::{blank, has_words},
};

/// A mail that another forwards in its body.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Forwarded {
    /// Its sender as its head names him; may be empty.
    pub from: String,
    /// Its words, line by line.
    pub lines: Vec<String>,
    /// The mail below it in the thread, where that has a head of its own.
    pub inner: Option<Box<Forwarded>>,
}

impl Forwarded {
    /// It, and all mails below it.
    pub fn all(&self) -> impl Iterator<Item = &Forwarded> {
        std::iter::successors(Some(self), |f| f.inner.as_deref())
    }

    /// Whether anybody says something in it.
    pub fn has_words(&self) -> bool {
        self.texts().any(|line| has_words(&[line]))
    }

    /// The lines of it and of all mails below it.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.all().flat_map(|f| f.lines.iter().map(String::as_str))
    }
}

/// How many mails of a forwarded thread are told apart.
pub const DEEPEST_FORWARD: usize = 8;

/// How many lines below the head of `lines` a mail's head begins: 0, or what a rule and blank lines take.
pub fn head_at(lines: &[&str]) -> Option<usize> {
    lines.first()?;
    if email::head::head(lines, false).is_some() {
        return Some(0);
    }
    if email::head::notes_head(lines).is_some() {
        return Some(0);
    }
    if !email::divider::rule(lines[0]) {
        return None;
    }
    let below = lines[1..].iter().take(4).position(|l| !blank(l))? + 1;
    let head = email::head::head(&lines[below..], true).filter(|h| h.lines >= 2 && !h.from.is_empty());
    (head.is_some() || email::head::head(&lines[below..], false).is_some()).then_some(below)
}

/// A mail in the body of another: its head, if it has one, and its words; and what it forwards itself, down to `depth`.
pub fn passed_on(lines: &[&str], depth: usize) -> Forwarded {
    let first = lines.iter().position(|l| !l.trim_matches(['>', ' ']).is_empty()).unwrap_or(lines.len());
    let head = email::head::head(&lines[first..], true)
        .or_else(|| {
            let length = email::head::notes_head(&lines[first..])?;
            Some(email::head::Head { lines: length, from: lines[first].trim().to_owned() })
        })
        .unwrap_or_default();
    let words: Vec<&str> = lines[first + head.lines..].iter().map(|l| l.trim_start_matches(['>', ' '])).collect();
    // What the forwarded mail itself quotes was not forwarded for its words.
    let end = (0..words.len())
        .find(|at| {
            email::quote::announcement(&words[*at..]).is_some()
                || email::divider::divider(words[*at]).is_some_and(|d| d == Divider::Answered || depth > 0)
                || (depth > 0 && *at > 0 && head_at(&words[*at..]).is_some())
        })
        .unwrap_or(words.len());
    let own = &words[..end];
    let own = &own[..email::signature::start(own)];
    // A thread is forwarded for the words of all who wrote in it; those of a mail whose writer nothing names are left out.
    let divided = words.get(end).is_some_and(|line| email::divider::divider(line) == Some(Divider::Forwarded));
    let below = if divided { Some(end + 1) } else { words.get(end..).and_then(head_at).map(|start| end + start) };
    if let Some(below) = below.filter(|_| depth > 0) {
        let inner = passed_on(&words[below..], depth - 1);
        let named = !inner.from.is_empty();
        if named && has_words(own) {
            return Forwarded { from: head.from, lines: trimmed(own), inner: Some(Box::new(inner)) };
        }
        if named && !has_words(&words[..end]) {
            return inner;
        }
    }
    let kept = if has_words(own) { own } else { &words[..] };
    Forwarded { from: head.from, lines: trimmed(kept), inner: None }
}

/// `lines` without the blank ones at both ends.
pub fn trimmed(lines: &[&str]) -> Vec<String> {
    let from = lines.iter().position(|l| !blank(l)).unwrap_or(lines.len());
    let end = lines.iter().rposition(|l| !blank(l)).map_or(from, |at| at + 1);
    lines[from..end].iter().map(|l| (*l).to_owned()).collect()
}
