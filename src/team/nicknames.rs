//! Given names and the short forms that people go by: which are one name for sure, and which only begin alike.

/// Short forms, each with the names that it is usually of. A beginning that is not listed here is no sign of one person: Jane is
/// no Janet, Dan no Danielle, Ali no Alice.
#[rustfmt::skip]
const SHORT_FORMS: &[(&str, &[&str])] = &[
    ("abby", &["abigail"]),
    ("alex", &["alexander", "alexandra", "alexandre", "alexis"]),
    ("alf", &["alfred"]),
    ("andi", &["andreas"]),
    ("andy", &["andrew", "andreas"]),
    ("ange", &["angela"]),
    ("art", &["arthur"]),
    ("barb", &["barbara"]),
    ("becky", &["rebecca"]),
    ("ben", &["benjamin", "benedict", "bennett"]),
    ("beth", &["elizabeth"]),
    ("betty", &["elizabeth"]),
    ("bill", &["william"]),
    ("bob", &["robert"]),
    ("brad", &["bradley", "bradford"]),
    ("cam", &["cameron"]),
    ("cass", &["cassandra"]),
    ("cathy", &["catherine"]),
    ("chris", &["christopher", "christian", "christine", "christina", "christoph", "christophe", "christiane"]),
    ("chuck", &["charles"]),
    ("cliff", &["clifford"]),
    ("dan", &["daniel"]),
    ("dani", &["daniel", "daniela", "danielle"]),
    ("danny", &["daniel"]),
    ("dave", &["david"]),
    ("deb", &["deborah", "debra"]),
    ("des", &["desmond"]),
    ("dick", &["richard"]),
    ("dom", &["dominic", "dominik", "dominique"]),
    ("don", &["donald"]),
    ("doug", &["douglas"]),
    ("drew", &["andrew"]),
    ("fede", &["federico", "federica"]),
    ("flo", &["florian", "florence"]),
    ("fran", &["frances", "francis", "francesca", "francisco", "francesco"]),
    ("fred", &["frederick", "frederic", "frederik", "friedrich"]),
    ("gabi", &["gabriele", "gabriela"]),
    ("geoff", &["geoffrey"]),
    ("greg", &["gregory", "gregor"]),
    ("gus", &["augustus"]),
    ("gwen", &["gwendolyn"]),
    ("hank", &["henry"]),
    ("harry", &["henry"]),
    ("jack", &["john"]),
    ("jeff", &["jeffrey"]),
    ("jen", &["jennifer"]),
    ("jenny", &["jennifer"]),
    ("jess", &["jessica"]),
    ("jim", &["james"]),
    ("joe", &["joseph"]),
    ("jon", &["jonathan", "jonathon"]),
    ("josh", &["joshua"]),
    ("kat", &["katherine", "katharina", "kathryn"]),
    ("kate", &["katherine", "catherine"]),
    ("kath", &["katherine", "kathleen", "kathryn"]),
    ("ken", &["kenneth"]),
    ("kev", &["kevin"]),
    ("kim", &["kimberly", "kimberley"]),
    ("len", &["leonard"]),
    ("liz", &["elizabeth"]),
    ("lou", &["louis", "louise"]),
    ("maggie", &["margaret"]),
    ("manu", &["manuel", "manuela", "emmanuel"]),
    ("marg", &["margaret"]),
    ("mat", &["matthew", "mathew", "mathieu"]),
    ("matt", &["matthew", "matthias"]),
    ("max", &["maximilian", "maxwell", "maxime"]),
    ("meg", &["margaret"]),
    ("mel", &["melanie", "melissa", "melinda"]),
    ("mike", &["michael"]),
    ("mitch", &["mitchell"]),
    ("nat", &["natalie", "nathan", "nathaniel"]),
    ("ned", &["edward"]),
    ("nic", &["nicholas", "nicolas", "nicola", "nicole"]),
    ("nick", &["nicholas"]),
    ("nico", &["nicolas", "nicola", "nicole"]),
    ("norm", &["norman"]),
    ("oli", &["oliver", "olivier"]),
    ("pam", &["pamela"]),
    ("pat", &["patricia", "patrick"]),
    ("peggy", &["margaret"]),
    ("pete", &["peter"]),
    ("phil", &["philip", "phillip", "philipp", "philippe"]),
    ("rach", &["rachel"]),
    ("rafa", &["rafael"]),
    ("ray", &["raymond"]),
    ("reg", &["reginald"]),
    ("rich", &["richard"]),
    ("rick", &["richard"]),
    ("rob", &["robert"]),
    ("rod", &["rodney", "roderick"]),
    ("ron", &["ronald"]),
    ("russ", &["russell"]),
    ("sam", &["samantha", "samuel"]),
    ("sandy", &["alexandra"]),
    ("sasha", &["alexander"]),
    ("seb", &["sebastian", "sebastien"]),
    ("stan", &["stanley"]),
    ("stef", &["stefan", "stefanie", "stefano", "stefania"]),
    ("steph", &["stephanie", "stephen", "stephane"]),
    ("steve", &["stephen", "steven"]),
    ("stu", &["stuart"]),
    ("sue", &["susan"]),
    ("ted", &["edward"]),
    ("theo", &["theodore"]),
    ("tim", &["timothy"]),
    ("tobi", &["tobias"]),
    ("tom", &["thomas"]),
    ("tony", &["anthony"]),
    ("trish", &["patricia"]),
    ("uli", &["ulrich", "ulrike"]),
    ("val", &["valerie"]),
    ("vic", &["victor", "victoria"]),
    ("vicky", &["victoria"]),
    ("vince", &["vincent"]),
    ("viv", &["vivian", "vivien", "vivienne"]),
    ("walt", &["walter"]),
    ("wes", &["wesley"]),
    ("will", &["william"]),
    ("wolf", &["wolfgang"]),
    ("zac", &["zachary"]),
    ("zach", &["zachary"]),
];

/// What makes another name of one, often a woman's of a man's: Paul and Paula, Eric and Erica, Martin and Martine, Carl and
/// Carlos.
const ANOTHER: &[&str] =
    &["a", "e", "o", "ia", "ina", "ine", "ne", "na", "la", "le", "elle", "ella", "ette", "os", "us"];

/// Whether one given name, in lower case and without accents, is a usual short form of the other: "steph" of "stephanie", "bob" of
/// "robert".
pub(super) fn are_one(a: &str, b: &str) -> bool {
    // The cheaper test first: in a file of thousands of names each is held against all others.
    const LONGEST: usize = "maggie".len();
    let is_short = |short: &str, long: &str| {
        short.len() <= LONGEST && SHORT_FORMS.iter().any(|(form, names)| *form == short && names.contains(&long))
    };
    is_short(a, b) || is_short(b, a)
}

/// Whether one given name begins with the other, of three letters at least, and may be cut short: "konst" of "konstantin", but
/// "jane" of "janet", too.
pub(super) fn begin_alike(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    long.strip_prefix(short).is_some_and(|rest| short.chars().count() >= 3 && !ANOTHER.contains(&rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_form_is_told_from_a_mere_beginning_and_from_another_name() {
        for (a, b, one, alike) in [
            ("steph", "stephanie", true, true),
            ("robert", "bob", true, false),
            ("john", "jack", true, false),
            ("konst", "konstantin", false, true),
            ("jane", "janet", false, true),
            ("ali", "alice", false, true),
            ("dan", "danielle", false, true),
            ("paul", "paula", false, false),
            ("jo", "joanna", false, false),
            ("ann", "bob", false, false),
        ] {
            assert_eq!((are_one(a, b), begin_alike(a, b)), (one, alike), "{a} {b}");
        }
    }

    #[test]
    fn the_short_forms_stand_in_order() {
        assert!(SHORT_FORMS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
