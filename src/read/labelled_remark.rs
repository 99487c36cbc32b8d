//! What a service itself writes between the turns: that it began to record, and what was marked in its own window; and what
//! it writes in the place of words, for a picture that was left out. Nobody says it.

use super::{
    labelled_line::bare_name,
    speaker::{is_phone_number, looks_like_name},
};

/// Whether a line is the service's own.
pub(super) fn is_service_remark(line: &str) -> bool {
    is_marked(line)
        || recorder(line).is_some_and(|name| !is_pronoun(name) && (bare_name(name) || is_phone_number(name)))
}

/// `ACTION ITEM: Send the quote - WATCH: https://…`, as Fathom puts it between the turns.
fn is_marked(line: &str) -> bool {
    let Some((kind, _)) = line.split_once(": ") else { return false };
    let link = || line.rsplit_once(" - WATCH: ").is_some_and(|(_, to)| to.starts_with("http") && !to.contains(' '));
    let capitals = kind.bytes().all(|b| b.is_ascii_uppercase() || b == b' ');
    capitals && looks_like_name(kind) && link()
}

/// Whether `words`, all of a turn, stand for what an export leaves out, or say that it was taken back: WhatsApp's "<Media
/// omitted>".
pub(super) fn is_placeholder(words: &str) -> bool {
    const LONGEST: usize = 60;
    let bare = words.trim_matches(|c: char| matches!(c, '<' | '>' | '.' | '\u{200e}') || c.is_whitespace());
    words.len() <= LONGEST && PLACEHOLDERS.contains(&bare.to_lowercase().as_str())
}

/// Such words in lower case.
#[rustfmt::skip]
const PLACEHOLDERS: &[&str] = &[
    "media omitted", "image omitted", "video omitted", "audio omitted", "sticker omitted", "gif omitted", "document omitted",
    "contact card omitted", "this message was deleted", "you deleted this message", "medien ausgeschlossen",
    "bild weggelassen", "video weggelassen", "audio weggelassen", "sticker weggelassen", "dokument weggelassen",
    "diese nachricht wurde gelöscht", "multimedia omitido", "imagen omitida", "audio omitido", "video omitido",
    "se eliminó este mensaje", "médias omis", "image absente", "audio omis", "vidéo absente", "ce message a été supprimé",
    "media weggelaten", "afbeelding weggelaten", "dit bericht is verwijderd", "media omessi", "immagine omessa",
    "arquivo de mídia oculto", "imagem ocultada",
];

/// Who started or stopped the recording, as the line says.
fn recorder(line: &str) -> Option<&str> {
    let line = line.strip_suffix(['.', '。']).unwrap_or(line);
    // Most lines do not speak of it at all, and end in none of these.
    RECORDING.iter().find_map(|(before, what, after)| {
        let stem = strip_any(line, after)?;
        let stem = strip_any(stem, what)?;
        strip_any(stem, before)
    })
}

fn strip_any<'a>(text: &'a str, ends: &[&str]) -> Option<&'a str> {
    ends.iter().find_map(|end| text.strip_suffix(end))
}

/// What stands behind the name in "Ann Lee started transcription": what comes before the recording, its names, what comes
/// behind; for each language in which the services write it.
#[rustfmt::skip]
const RECORDING: &[(&[&str], &[&str], &[&str])] = &[
    (&[" started ", " stopped ", " started the ", " stopped the "], &["transcription", "recording"], &[""]),
    (&[" hat die "], &["Transkription", "Aufzeichnung"], &[" gestartet", " begonnen", " beendet", " angehalten", " gestoppt"]),
    (&[" a démarré ", " a commencé ", " a lancé ", " a arrêté ", " a terminé "], &["la transcription", "l’enregistrement", "l'enregistrement"], &[""]),
    (&[" inició ", " ha iniciado ", " comenzó ", " detuvo ", " ha detenido ", " finalizó "], &["la transcripción", "la grabación"], &[""]),
    (&[" ha avviato ", " ha iniziato ", " ha interrotto ", " ha arrestato "], &["la trascrizione", "la registrazione"], &[""]),
    (&[" iniciou ", " começou ", " parou ", " interrompeu "], &["a transcrição", "a gravação"], &[""]),
    (&[" heeft de "], &["transcriptie", "opname"], &[" gestart", " gestopt", " beëindigd"]),
    (&[" rozpoczął ", " rozpoczęła ", " zatrzymał ", " zatrzymała "], &["transkrypcję", "nagrywanie"], &[""]),
    (&[" startade ", " stoppade ", " har startat ", " har stoppat "], &["transkriptionen", "transkriberingen", "inspelningen"], &[""]),
    (&[" startede ", " stoppede ", " startet ", " stoppet "], &["transskriptionen", "transskription", "transkripsjonen", "optagelsen", "opptaket"], &[""]),
    (&["さんが", "が"], &["文字起こし", "トランスクリプション", "レコーディング", "録音"], &["を開始しました", "を停止しました"]),
];

/// "We stopped recording" is said.
fn is_pronoun(name: &str) -> bool {
    #[rustfmt::skip]
    const PRONOUNS: &[&str] = &[
        "i", "we", "he", "she", "they", "you", "it", "who", "er", "sie", "es", "wer", "man", "il", "elle", "on", "qui", "él",
        "ella", "usted", "lui", "lei", "chi", "ele", "ela", "você", "hij", "ze", "zij", "u", "han", "hon", "hun", "de",
    ];
    PRONOUNS.contains(&name.to_lowercase().as_str())
}
