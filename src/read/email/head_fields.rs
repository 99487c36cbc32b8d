//! The names that mail programs give the fields of a mail's head where they show it to people, by language and role: in the
//! body of the mail that answers it, and above one that was saved as text.

/// What a field of a head holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who wrote it.
    From,
    /// When it was sent.
    Sent,
    /// Whom it was written to.
    To,
    /// Who got a copy.
    Cc,
    /// What it is about.
    Subject,
    /// Anything else.
    Other,
}

/// The names of one language, in lower case.
pub struct Language {
    from: &'static [&'static str],
    sent: &'static [&'static str],
    to: &'static [&'static str],
    cc: &'static [&'static str],
    subject: &'static [&'static str],
    other: &'static [&'static str],
}

impl Language {
    /// What the field of this name, in lower case, holds.
    pub fn role(&self, name: &str) -> Option<Role> {
        let names = [self.from, self.sent, self.to, self.cc, self.subject, self.other];
        let roles = [Role::From, Role::Sent, Role::To, Role::Cc, Role::Subject, Role::Other];
        names.iter().zip(roles).find(|(names, _)| names.contains(&name)).map(|(_, role)| role)
    }
}

/// Whether any language calls a field so; `role`: one of that role.
pub fn is_field(name: &str, role: Option<Role>) -> bool {
    LANGUAGES.iter().filter_map(|language| language.role(name)).any(|found| role.is_none_or(|role| role == found))
}

/// The languages of mail programs. In English a field "Date" is that of a mail itself, and tells nothing of who shows it.
pub const LANGUAGES: &[Language] = &[
    Language {
        from: &["from"],
        sent: &["sent"],
        to: &["to"],
        cc: &["cc", "bcc"],
        subject: &["subject"],
        other: &["date", "reply-to", "importance", "priority", "attachments", "organisation", "organization"],
    },
    // German.
    Language {
        from: &["von", "absender"],
        sent: &["gesendet", "datum"],
        to: &["an"],
        cc: &["cc", "kopie"],
        subject: &["betreff"],
        other: &["antwort an", "antworten an", "priorität", "wichtigkeit", "anlagen", "anhang"],
    },
    // French.
    Language {
        from: &["de", "expéditeur"],
        sent: &["envoyé", "envoyé le", "date", "date d'envoi", "le", "message du"],
        to: &["à", "a", "pour"],
        cc: &["cc", "copie", "copie à"],
        subject: &["objet", "sujet"],
        other: &["envoyé par", "répondre à", "pièces jointes"],
    },
    // Dutch.
    Language {
        from: &["van", "afzender"],
        sent: &["verzonden", "datum"],
        to: &["aan"],
        cc: &["cc"],
        subject: &["onderwerp"],
        other: &["antwoord aan", "bijlagen"],
    },
    // Spanish.
    Language {
        from: &["de", "remitente"],
        sent: &["enviado", "enviado el", "enviado a las", "fecha"],
        to: &["para"],
        cc: &["cc"],
        subject: &["asunto"],
        other: &["responder a", "importancia", "datos adjuntos"],
    },
    // Italian.
    Language {
        from: &["da", "mittente"],
        sent: &["inviato", "data"],
        to: &["a"],
        cc: &["cc"],
        subject: &["oggetto"],
        other: &["rispondi a", "allegati"],
    },
    // Portuguese.
    Language {
        from: &["de", "remetente"],
        sent: &["enviado", "enviada", "enviado em", "enviada em", "data"],
        to: &["para"],
        cc: &["cc"],
        subject: &["assunto"],
        other: &["responder a", "anexos"],
    },
    // Catalan.
    Language {
        from: &["de"],
        sent: &["enviat el", "data"],
        to: &["per a", "a"],
        cc: &["cc"],
        subject: &["tema"],
        other: &[],
    },
    // Swedish.
    Language {
        from: &["från", "avsändare"],
        sent: &["skickat", "datum"],
        to: &["till"],
        cc: &["cc", "kopia"],
        subject: &["ämne"],
        other: &["svara till", "svarsadress", "bilagor"],
    },
    // Danish and Norwegian.
    Language {
        from: &["fra"],
        sent: &["sendt", "dato"],
        to: &["til"],
        cc: &["cc", "kopi"],
        subject: &["emne"],
        other: &["svar til", "vedhæftede filer", "vedlegg"],
    },
    // Finnish.
    Language {
        from: &["lähettäjä"],
        sent: &["lähetetty", "päiväys", "päivämäärä"],
        to: &["vastaanottaja"],
        cc: &["cc", "kopio"],
        subject: &["aihe"],
        other: &["liitteet"],
    },
    // Polish.
    Language {
        from: &["od", "nadawca"],
        sent: &["wysłano", "wysłane", "data wysłania", "data"],
        to: &["do"],
        cc: &["cc", "dw"],
        subject: &["temat"],
        other: &["załączniki"],
    },
    // Czech.
    Language {
        from: &["od", "odesílatel"],
        sent: &["odesláno", "datum"],
        to: &["komu"],
        cc: &["cc", "kopie"],
        subject: &["předmět"],
        other: &["odpověď komu", "přílohy"],
    },
    // Slovak.
    Language {
        from: &["od"],
        sent: &["odoslané", "dátum"],
        to: &["komu"],
        cc: &["cc", "kópia"],
        subject: &["predmet"],
        other: &[],
    },
    // Hungarian.
    Language {
        from: &["feladó"],
        sent: &["elküldve", "dátum"],
        to: &["címzett"],
        cc: &["cc", "másolatot kap"],
        subject: &["tárgy"],
        other: &[],
    },
    // Romanian.
    Language {
        from: &["de la"],
        sent: &["trimis", "data"],
        to: &["către"],
        cc: &["cc"],
        subject: &["subiect"],
        other: &[],
    },
    // Croatian and Serbian.
    Language {
        from: &["šalje", "od"],
        sent: &["poslano", "datum"],
        to: &["prima", "za"],
        cc: &["cc"],
        subject: &["predmet"],
        other: &[],
    },
    // Slovenian.
    Language { from: &["od"], sent: &["poslano", "datum"], to: &["za"], cc: &["cc"], subject: &["zadeva"], other: &[] },
    // Estonian.
    Language {
        from: &["saatja"],
        sent: &["saadetud"],
        to: &["saaja", "adressaat"],
        cc: &["cc"],
        subject: &["teema"],
        other: &[],
    },
    // Russian.
    Language {
        from: &["от", "от кого"],
        sent: &["отправлено", "дата"],
        to: &["кому"],
        cc: &["cc", "копия"],
        subject: &["тема"],
        other: &["вложения"],
    },
    // Ukrainian.
    Language {
        from: &["від"],
        sent: &["надіслано", "дата"],
        to: &["кому"],
        cc: &["cc", "копія"],
        subject: &["тема"],
        other: &[],
    },
    // Bulgarian.
    Language {
        from: &["от"],
        sent: &["изпратено", "дата"],
        to: &["до"],
        cc: &["cc"],
        subject: &["относно"],
        other: &[],
    },
    // Greek.
    Language {
        from: &["από"],
        sent: &["στάλθηκε", "ημερομηνία"],
        to: &["προς"],
        cc: &["cc", "κοιν."],
        subject: &["θέμα"],
        other: &[],
    },
    // Turkish.
    Language {
        from: &["kimden", "gönderen"],
        sent: &["gönderildi", "gönderme tarihi", "tarih"],
        to: &["kime", "alıcı"],
        cc: &["cc", "bilgi"],
        subject: &["konu"],
        other: &["ekler"],
    },
    // Hebrew.
    Language {
        from: &["מאת"], sent: &["נשלח"], to: &["אל"], cc: &["עותק"], subject: &["נושא"], other: &[]
    },
    // Arabic.
    Language {
        from: &["من"], sent: &["تم الإرسال"], to: &["إلى"], cc: &[], subject: &["الموضوع"], other: &[]
    },
    // Chinese, simplified.
    Language {
        from: &["发件人", "发件者"],
        sent: &["发送时间", "日期"],
        to: &["收件人"],
        cc: &["抄送"],
        subject: &["主题"],
        other: &["附件"],
    },
    // Chinese, traditional.
    Language {
        from: &["寄件者"],
        sent: &["寄件日期", "日期"],
        to: &["收件者"],
        cc: &["副本"],
        subject: &["主旨"],
        other: &["附件"],
    },
    // Japanese.
    Language {
        from: &["差出人", "送信者"],
        sent: &["送信日時", "日時", "日付"],
        to: &["宛先"],
        cc: &["cc"],
        subject: &["件名"],
        other: &["添付ファイル", "参照"],
    },
    // Korean.
    Language {
        from: &["보낸 사람", "보낸사람", "발신", "발신자", "보낸이"],
        sent: &["보낸 날짜", "보낸시간", "날짜"],
        to: &["받는 사람", "받는사람", "받은사람", "받는이"],
        cc: &["참조"],
        subject: &["제목"],
        other: &[],
    },
];
