//! What the elements of a mail's HTML and their attributes mean to its reader: which break a line, which hold no words, and by
//! which marks mail programs set a quoted reply or a signature apart.

use crate::read::html::{self, hue::Hue};

/// Elements whose content nobody sees.
pub const UNSEEN: &[&str] = &["script", "style", "head", "title", "template", "svg", "object", "noframes"];
/// Elements that begin and end a line.
pub const BLOCKS: &[&str] = &[
    "p",
    "div",
    "ul",
    "ol",
    "li",
    "table",
    "tr",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "blockquote",
    "pre",
    "hr",
    "section",
    "article",
    "header",
    "footer",
    "center",
    "address",
    "dl",
    "dt",
    "dd",
    "form",
    "fieldset",
    "figure",
    "body",
    "html",
    "tbody",
    "thead",
    "main",
    "aside",
    "nav",
];
/// Elements around which a line stays empty.
pub const PARAGRAPHS: &[&str] = &["p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table", "pre"];
/// Elements that have no end tag.
pub const VOID: &[&str] =
    &["br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "source", "track", "param"];
/// By these in a class or id, mail programs set a quoted reply apart from there to the element's end.
const QUOTES: &[&str] = &[
    "gmail_quote",
    "yahoo_quoted",
    "protonmail_quote",
    "zmail_extra",
    "tutanota_quote",
    "front-blockquote",
    "mail-quote-collapse",
    "ydp-quoted",
    "isForwardContent",
    "mailru-blockquote",
    "moz-cite-prefix",
    "reply-intro",
    "isReplyContent",
    "__QUOTED_TEXT__",
    "freshdesk_quote",
    "hey_quote",
    "messageReplySection",
    "name=\"quote\"",
];
/// By these in a class or id, mail programs call an element a signature.
const SIGNATURES: &[&str] = &[
    "gmail_signature",
    "moz-signature",
    "ms-outlook-mobile-signature",
    "id=\"Signature\"",
    "id=\"x_Signature\"",
    "protonmail_signature_block",
    "messageSignatureSection",
    "AppleMailSignature",
    "composer_signature",
];
/// By these ids, mail programs set everything behind apart.
const QUOTES_REST: &[&str] = &[
    "divRplyFwdMsg",
    "appendonsend",
    "stopSpelling",
    "OLK_SRC_BODY_SECTION",
    "mail-editor-reference-message-container",
    "zwchr",
];

/// What the attributes of a tag say of what it begins.
#[derive(Clone, Copy, Default)]
pub struct Marks {
    /// One of [`QUOTES`] stands in them.
    pub quote: bool,
    /// One of [`QUOTES_REST`] does.
    pub quote_rest: bool,
    /// They speak of citing.
    pub cite: bool,
    /// One of [`SIGNATURES`] does.
    pub signature: bool,
    /// The hue of its type, where they state its colour.
    pub hue: Option<Option<Hue>>,
}

impl Marks {
    /// Looks through the attributes of a tag.
    pub fn of(attributes: &str) -> Marks {
        Marks {
            quote: QUOTES.iter().any(|m| attributes.contains(m)),
            quote_rest: QUOTES_REST.iter().any(|m| attributes.contains(m)),
            cite: attributes.to_ascii_lowercase().contains("cite"),
            signature: SIGNATURES.iter().any(|m| attributes.contains(m)),
            hue: html::hue::of(attributes),
        }
    }
}
