//! What a service itself writes between the turns: that it began to record, and what was marked in its own window; and what
//! it writes in the place of words, for a picture that was left out. Nobody says it.

use crate::read::{
    labelled::{
        line::{bare_name, trailing_time},
        markdown::without_anchor,
    },
    sounds::is_sound,
    speaker::{is_phone_number, looks_like_name},
    when::timecode_ms,
};

/// Whether a line is the service's own.
pub fn is_service_remark(line: &str) -> bool {
    is_marked(line)
        || is_mark(line)
        || is_chat_remark(line)
        || is_footer(line)
        || ends_after(line, PAUSED)
        || recorder(line).is_some_and(|name| !is_pronoun(name) && (bare_name(name) || is_phone_number(name)))
}

/// Whether a line is what a chat's own page or program writes between messages: `*** Ann Lee left the chat ***`.
pub fn is_chat_remark(line: &str) -> bool {
    let starred = || {
        let inner = line.strip_prefix("*** ")?.strip_suffix(" ***")?;
        [" joined", " left", "ended the chat", " chat "].iter().any(|w| inner.contains(w)).then_some(())
    };
    starred().is_some() || is_linked_in(line) || is_reaction(line)
}

/// Whether a line is what signal-export writes below a message of who took a liking to it: "(- Ann: 👍, Bob: ❤️ -)".
fn is_reaction(line: &str) -> bool {
    let inner = line.strip_prefix("(- ").and_then(|l| l.strip_suffix(" -)"));
    let is_sign = |sign: &str| !sign.is_empty() && !sign.contains(char::is_alphanumeric);
    inner.is_some_and(|inner| inner.split(", ").all(|one| one.rsplit_once(": ").is_some_and(|(_, s)| is_sign(s))))
}

/// Whether a line is one of those by which Google Meet says where a transcript ends and how it was made; as a heading, in italics
/// or in a list where a document was saved as Markdown.
pub fn is_footer(line: &str) -> bool {
    says_how_made(line) || ends_after(line, ENDED)
}

/// Whether a line is the one by which Google Meet says how a transcript was made.
pub fn says_how_made(line: &str) -> bool {
    let bare = line.trim_start_matches(is_mark_before);
    MADE_BY_MEET.iter().any(|made| bare.starts_with(made))
}

fn is_mark_before(c: char) -> bool {
    c.is_whitespace() || matches!(c, '#' | '*' | '_' | '-' | '>')
}

/// Whether a line is one of `phrases` and a time behind it: "Transcription ended after 00:06:01".
fn ends_after(line: &str, phrases: &[&str]) -> bool {
    /// The longest time with what may stand behind it, "00:06:01** 👋".
    const LONGEST: usize = 16;
    let line = without_anchor(line);
    // Nearly every line ends in words.
    if !line.bytes().rev().take(LONGEST).any(|b| b == b':') {
        return false;
    }
    let bare = line.trim_start_matches(is_mark_before);
    phrases.iter().any(|phrase| {
        let Some(rest) = bare.strip_prefix(phrase) else { return false };
        let (time, behind) = rest.split_once(' ').unwrap_or((rest, ""));
        // "Meeting ended after 30 minutes because of the price" is said.
        let alone = !behind.contains(char::is_alphanumeric);
        alone && time.matches(':').count() == 2 && timecode_ms(time.trim_end_matches(['*', '_'])).is_some()
    })
}

/// What Google Meet writes before the time at the end of a transcript. In German and Dutch it is by analogy; elsewhere it was seen.
#[rustfmt::skip]
const ENDED: &[&str] = &[
    "Transcription ended after ", "Meeting ended after ",
    "Transcription terminée après ", "Réunion terminée après ", "La transcription s'est terminée après ", "La réunion s'est terminée après ",
    "La transcription s’est terminée après ", "La réunion s’est terminée après ",
    "La transcripción finalizó después de ", "La reunión finalizó después de ",
    "A transcrição foi encerrada após ", "A reunião terminou depois de ",
    "Trascrizione terminata dopo ", "Riunione terminata dopo ",
    "Transkription beendet nach ", "Die Transkription endete nach ", "Besprechung beendet nach ", "Die Besprechung endete nach ",
    "Transcriptie beëindigd na ", "Vergadering beëindigd na ",
];

/// The same where it stopped in between and words follow.
const PAUSED: &[&str] = &["Session ended after ", "A sessão foi encerrada após "];

/// How Google Meet begins to say that a transcript was made by a computer.
const MADE_BY_MEET: &[&str] = &[
    "This editable transcript was computer generated",
    "Cette transcription modifiable a été générée",
    "Esta transcripción editable se ",
    "Esta transcrição editável foi gerada",
    "Questa trascrizione modificabile è stata generata",
    "Dieses bearbeitbare Transkript wurde ",
    "Deze bewerkbare transcriptie is ",
];

/// Whether a line is nothing but the heading of a transcript.
pub fn is_transcript_heading(line: &str) -> bool {
    #[rustfmt::skip]
    const HEADINGS: &[&str] = &[
        "transcript", "full transcript", "meeting transcript", "transcription", "transkript", "transcripción", "trascrizione",
        "transcrição", "transcriptie", "文字记录", "文字起こし", "逐字稿",
    ];
    const LONGEST: usize = 30;
    line.len() <= LONGEST && {
        let text = line.trim_matches(['#', '*', ' ', ':']).to_lowercase();
        HEADINGS.contains(&text.trim_start_matches("📖 ").trim_start_matches(['*', ' ']))
    }
}

/// `[Music]`, `[END OF RECORDING]`.
fn is_mark(line: &str) -> bool {
    const ENDS: &[&str] = &[
        "end of recording",
        "end of transcript",
        "end of audio",
        "end of call",
        "end of file",
        "recording ends",
        "recording starts",
        "recording begins",
        "call ends",
        "call begins",
        "start of recording",
        "start of transcript",
        "transcript ends",
        "transcript begins",
    ];
    let line = line.trim_end_matches(['.', ',']);
    if !line.ends_with([']', ')', '*', '>', '-', '=']) {
        return false;
    }
    let inner = line.trim_matches(['[', ']', '(', ')', '<', '>', '*', '-', '=', ' ']);
    is_sound(line) || (inner.len() < line.len() && ENDS.iter().any(|e| inner.eq_ignore_ascii_case(e)))
}

/// `Ann Lee sent the following message at 10:30 AM` and `View Ann’s profileAnn Lee`, which stand above a message where a page of
/// LinkedIn is copied.
fn is_linked_in(line: &str) -> bool {
    let sent = || {
        let sent = line.strip_suffix(['M', 'm']).and_then(|_| trailing_time(line))?;
        let name = sent.name.strip_suffix(" at")?;
        let name =
            ["message", "messages"].iter().find_map(|m| name.strip_suffix(m)?.strip_suffix(" sent the following "));
        name.filter(|name| bare_name(name))
    };
    let profile = || {
        let (name, behind) = line.strip_prefix("View ")?.split_once(" profile")?;
        let first =
            name.strip_suffix("’s").or_else(|| name.strip_suffix("'s")).or_else(|| name.strip_suffix(['’', '\'']))?;
        behind.starts_with(first.split(' ').next()?).then_some(())
    };
    sent().is_some() || profile().is_some()
}

/// Whether the last paragraph of a file is what a service says of itself: "Made with Acme - https://acme.example".
pub fn is_colophon(line: &str) -> bool {
    const MADE: &[&str] = &[
        "made with ",
        "transcribed by ",
        "transcribed with ",
        "transcript by ",
        "transcript generated ",
        "generated by ",
        "generated with ",
        "created with ",
        "created by ",
        "powered by ",
        "recorded with ",
        "recorded by ",
        "exported from ",
        "exported by ",
        "transkribiert von ",
        "transkribiert mit ",
        "erstellt mit ",
        "exportiert aus ",
    ];
    const MOST_WORDS: usize = 14;
    let lower = line.trim_start_matches(['*', '_', '-', '–', ' ', '(']).to_lowercase();
    MADE.iter().any(|made| lower.starts_with(made))
        && lower.split_whitespace().nth(MOST_WORDS).is_none()
        && !lower.trim_end().ends_with(['?', '!'])
}

/// Whether who writes in a chat is a program: one that takes notes in a meeting, "Fireflies.ai Notetaker Dana", "read.ai meeting
/// notes", or Intercom's "Operator from Acme". In brackets behind a name it is what a person does: "Ann (note taker)".
pub fn is_program(name: &str) -> bool {
    const TAKES: &[&str] = &["notetaker", "note taker", "note-taker", "meeting notes", "meeting assistant"];
    let lower = name.split(['(', '[']).next().unwrap_or(name).to_lowercase();
    lower.starts_with("operator from ") || TAKES.iter().any(|takes| lower.contains(takes))
}

/// `words` without the times that programs put between them in brackets, `[00:02:10]`, without how long they took behind that,
/// `[4.2]`, and without what a chat says of a change: `(edited)`, `<This message was edited>`.
pub fn without_marks(words: &str) -> std::borrow::Cow<'_, str> {
    let mut words = without_file(words.trim());
    if !words.contains(['[', '<', '(']) {
        return words.into();
    }
    words = words.strip_suffix("(edited)").map_or(words, str::trim_end);
    if let Some(at) = words.rfind('<').filter(|_| words.ends_with('>')) {
        const EDITED: &[&str] = &[
            "edited",
            "bearbeitet",
            "editó",
            "editado",
            "editada",
            "modifié",
            "bewerkt",
            "modificato",
            "redigert",
            "redigerad",
        ];
        const MOST_WORDS: usize = 6;
        let inner = words[at..].to_lowercase();
        let mut inner = inner.trim_matches(['<', '>', '.', ' ']).split(' ').take(MOST_WORDS);
        // "This message was edited" and "Se editó este mensaje".
        if inner.any(|word| EDITED.contains(&word)) || words[..at].ends_with('\u{200e}') {
            words = words[..at].trim_end_matches(|c: char| c == '\u{200e}' || c.is_whitespace());
        }
    }
    let (mut out, mut rest, mut cut) = (String::new(), words, false);
    while let Some(at) = rest.find(['[', '(']) {
        let close = if rest.as_bytes()[at] == b'[' { b']' } else { b')' };
        let inner = rest[at + 1..].bytes().take(13).position(|b| b == close).map(|end| &rest[at + 1..at + 1 + end]);
        let time = |inner: &&str| inner.matches(':').count() == 2 && timecode_ms(inner).is_some();
        let length = |inner: &&str| cut && out.ends_with(' ') && inner.contains('.') && timecode_ms(inner).is_some();
        let Some(inner) = inner.filter(|inner| time(inner) || (rest[..at].trim().is_empty() && length(inner))) else {
            out.push_str(&rest[..=at]);
            rest = &rest[at + 1..];
            continue;
        };
        out.push_str(&rest[..at]);
        if !out.ends_with(' ') {
            out.push(' ');
        }
        rest = rest[at + inner.len() + 2..].trim_start();
        cut = true;
    }
    if !cut {
        return words.into();
    }
    out.push_str(rest);
    out.truncate(out.trim_end().len());
    out.into()
}

/// The caption behind "IMG-20260303-WA0001.jpg (file attached)".
fn without_file(words: &str) -> &str {
    const ATTACHED: &[&str] = &[
        "(file attached)",
        "(Datei angehängt)",
        "(archivo adjunto)",
        "(fichier joint)",
        "(file allegato)",
        "(bestand bijgevoegd)",
        "(arquivo anexado)",
    ];
    let behind = |mark: &&str| {
        let (file, rest) = words.split_once(mark)?;
        let named = file.len() <= 120 && file.trim_end().rsplit_once('.').is_some_and(|(_, ending)| ending.len() <= 5);
        named.then(|| rest.trim_start())
    };
    if words.contains('(') { ATTACHED.iter().find_map(behind).unwrap_or(words) } else { words }
}

/// `ACTION ITEM: Send the quote - WATCH: https://…`, as Fathom puts it between the turns.
fn is_marked(line: &str) -> bool {
    let Some((kind, _)) = line.split_once(": ") else { return false };
    let link = || line.rsplit_once(" - WATCH: ").is_some_and(|(_, to)| to.starts_with("http") && !to.contains(' '));
    let capitals = kind.bytes().all(|b| b.is_ascii_uppercase() || b == b' ');
    capitals && looks_like_name(kind) && link()
}

/// Whether `words`, all of a turn, stand for what an export leaves out, or say that it was taken back: WhatsApp's "<Media
/// omitted>", "Quote.pdf • 2 pages document omitted"; and in a chat (`chat`) that a call was missed, or a message is not there.
pub fn is_placeholder(words: &str, chat: bool) -> bool {
    const LONGEST: usize = 60;
    // What WhatsApp writes itself has a mark of direction before it.
    let own = words.rsplit('\u{200e}').next().filter(|own| own.len() < words.len());
    let bare = |text: &str| {
        text.trim_matches(|c: char| matches!(c, '<' | '>' | '.' | '\u{200e}') || c.is_whitespace()).to_lowercase()
    };
    if own.is_some_and(|own| own.len() <= LONGEST && PLACEHOLDERS.contains(&bare(own).as_str())) {
        return true;
    }
    // WhatsApp of Android, "<Media omitted>", in whatever script; in Latin letters people write so too, and those are listed.
    let in_brackets =
        words.trim_matches(['\u{200e}', '\u{200f}']).strip_prefix('<').and_then(|w| w.strip_suffix('>')).is_some_and(
            |w| w.contains(' ') && !w.contains(|c: char| matches!(c, '<' | '>') || c.is_ascii_alphabetic()),
        );
    if chat && in_brackets && words.len() <= LONGEST {
        return true;
    }
    words.len() <= LONGEST && {
        let words = bare(words);
        PLACEHOLDERS.contains(&words.as_str()) || (chat && OF_A_CHAT.contains(&words.as_str()))
    } || (chat && is_of_whatsapp(words))
}

/// Whether `words`, the first line of a message, are the mark of a picture that a chat was exported without: its caption stands
/// below it.
pub fn stands_for_picture(words: &str) -> bool {
    let words = words.trim();
    words.starts_with('<') && words.ends_with('>') && is_placeholder(words, true)
}

/// Whether WhatsApp wrote a message in somebody's name: of a picture that it shows once, or a place that is nothing but a link.
fn is_of_whatsapp(words: &str) -> bool {
    const BEGINNINGS: &[&str] =
        &["You received a view once ", "This message can't be displayed here.", "This message was deleted by admin "];
    const PLACES: &[&str] =
        &["location", "standort", "ubicación", "localisation", "posizione", "localização", "locatie"];
    let words = words.trim_matches(|c: char| c == '\u{200e}' || c.is_whitespace());
    let place = || words.split_once(": ").filter(|(_, link)| link.starts_with("https://maps.google.com/?q="));
    BEGINNINGS.iter().any(|beginning| words.starts_with(beginning))
        || place().is_some_and(|(name, link)| !link.contains(' ') && PLACES.contains(&name.to_lowercase().as_str()))
}

/// What somebody wrote to a picture that an export leaves out, before WhatsApp's mark: "The new hall \u{200e}image omitted". A
/// document has its name there, "Quote.pdf • \u{200e}2 pages".
pub fn caption(words: &str) -> Option<&str> {
    #[rustfmt::skip]
    const PICTURES: &[&str] = &[
        "image omitted", "video omitted", "gif omitted", "bild weggelassen", "video weggelassen", "imagen omitida",
        "video omitido", "image absente", "vidéo absente", "afbeelding weggelaten", "immagine omessa", "imagem ocultada",
    ];
    let (before, own) = words.rsplit_once('\u{200e}')?;
    let before = before.trim_end();
    let written = before.contains(char::is_alphanumeric) && !before.contains(['•', '\u{200e}']);
    (written && PICTURES.contains(&own.trim().to_lowercase().as_str())).then_some(before)
}

/// Whether what somebody writes is how WhatsApp begins a poll: "POLL:", below it the question and its choices.
pub fn begins_poll(words: &str) -> bool {
    const POLL: &[&str] = &["POLL", "UMFRAGE", "ENCUESTA", "SONDAGE", "SONDAGGIO", "ENQUETE", "PEILING"];
    let kind = words.trim_matches(|c: char| c == '\u{200e}' || c.is_whitespace()).strip_suffix(':');
    kind.is_some_and(|kind| POLL.contains(&kind.trim_end()))
}

/// Whether a line of a poll is one by which WhatsApp shows how many voted for a choice: "OPTION: Tuesday (1 vote)".
pub fn is_vote(line: &str) -> bool {
    const OPTION: &[&str] = &["OPTION", "OPCIÓN", "OPÇÃO", "OPZIONE", "OPTIE"];
    const VOTES: &[&str] = &["vote", "votes", "voto", "votos", "voti", "stimme", "stimmen", "stem", "stemmen"];
    let bare = line.trim_matches(|c: char| c == '\u{200e}' || c.is_whitespace());
    let counted = || bare.strip_suffix(')')?.rsplit_once('(')?.1.split_once(' ');
    bare.split_once(':').is_some_and(|(kind, _)| OPTION.contains(&kind.trim_end()))
        && counted().is_some_and(|(n, word)| n.parse::<u32>().is_ok() && VOTES.contains(&word.to_lowercase().as_str()))
}

/// What a chat writes in the place of a message for a call that nobody took, and for one that it lost, waits for, was taken back,
/// or was a place that moves, in lower case.
#[rustfmt::skip]
const OF_A_CHAT: &[&str] = &[
    "waiting for this message", "waiting for this message. this may take a while", "live location shared",
    "missed voice call. tap to call back", "missed video call. tap to call back", "warte auf diese nachricht",
    "live-standort wird geteilt", "このメッセージは削除されました", "bu mesaj silindi", "сообщение удалено",
    "данное сообщение удалено", "pesan ini dihapus", "삭제된 메시지입니다", "此消息已删除", "ta wiadomość została usunięta",
    "det här meddelandet raderades",
    "null", "missed voice call", "missed video call", "missed group voice call", "missed group video call",
    "verpasster sprachanruf", "verpasster videoanruf", "verpasster gruppen-sprachanruf", "llamada perdida",
    "llamada de voz perdida", "videollamada perdida", "appel vocal manqué", "appel vidéo manqué", "chiamata vocale persa",
    "videochiamata persa", "chamada de voz perdida", "chamada de vídeo perdida", "ligação de voz perdida",
    "ligação de vídeo perdida", "gemiste spraakoproep", "gemiste video-oproep", "nieodebrane połączenie głosowe",
    "nieodebrane połączenie wideo", "missat röstsamtal", "missat videosamtal",
];

/// Such words in lower case.
#[rustfmt::skip]
const PLACEHOLDERS: &[&str] = &[
    "media omitted", "image omitted", "video omitted", "audio omitted", "sticker omitted", "gif omitted", "document omitted",
    "contact card omitted", "this message was deleted", "you deleted this message", "medien ausgeschlossen",
    "bild weggelassen", "video weggelassen", "audio weggelassen", "sticker weggelassen", "dokument weggelassen",
    "diese nachricht wurde gelöscht", "multimedia omitido", "imagen omitida", "audio omitido", "video omitido",
    "se eliminó este mensaje", "médias omis", "image absente", "audio omis", "vidéo absente", "ce message a été supprimé",
    "media weggelaten", "afbeelding weggelaten", "dit bericht is verwijderd", "media omessi", "immagine omessa",
    "arquivo de mídia oculto", "imagem ocultada", "documento omitido", "sticker omitido", "document absent", "document manquant",
    "documento omesso", "document weggelaten", "mensagem apagada", "esta mensagem foi apagada", "questo messaggio è stato eliminato",
    "pominięto multimedia", "medya dahil edilmedi", "media har utelämnats", "media utelämnat", "medier udeladt",
    "medieinnhold utelatt", "média vynechána", "media tidak disertakan", "メディアは含まれていません", "省略多媒体文件",
    "view once voice message omitted", "essa mensagem foi apagada",
    "mídia oculta", "você apagou esta mensagem", "hai eliminato questo messaggio", "u hebt dit bericht verwijderd",
    "je hebt dit bericht verwijderd", "eliminaste este mensaje", "du hast diese nachricht gelöscht", "vous avez supprimé ce message",
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
