//! Given names as they stand behind a comma and two surnames: "Gomez Ruiz, Ana Maria". Nothing but the names tells that from "Anna
//! Weber, Acme Corp" and "Ann Lee, Sales Director".
//!
//! Who has two surnames is nearly always of a country where Spanish or Portuguese is spoken, so the list is of names from there, and of
//! others that are usual there. What is as well a company, a place or a surname that often comes first is not in it: Mercedes,
//! Santiago, Virginia, Carolina, Victoria, Garcia.

use super::names::folded;

/// Given names in lower case, without accents.
#[rustfmt::skip]
const GIVEN: &[&str] = &[
    "adriana", "adrian", "agustin", "alberto", "alejandra", "alejandro", "alex", "alexander", "alexandra", "alexis", "alfonso",
    "alfredo", "alicia", "alonso", "alvaro", "amanda", "amparo", "angeles", "ana", "anabel", "andrea", "andreia", "andres", "angel", "angela",
    "angelica", "anna", "antonia", "antonio", "armando", "arturo", "beatriz", "benjamin", "bernardo", "blanca", "brayan",
    "bruno", "camilo", "carla", "carlos", "carmen", "catalina", "cecilia", "cesar", "christian", "clara", "claudia", "concepcion",
    "consuelo", "cristian", "cristiano", "cristina", "cynthia", "daniel", "daniela", "danilo", "david", "diana", "diego", "dios", "eduardo", "edgar", "edwin", "elena", "elisa", "elizabeth", "emilia", "emilio", "enrique", "erica", "erika",
    "ernesto", "esteban", "esther", "estefania", "eugenia", "eva", "fabian", "fatima", "fabio", "fabiola", "felipe", "fernanda", "fernando",
    "francisca", "francisco", "gabriel", "gabriela", "gerardo", "gilberto", "gloria", "gonzalo", "graciela", "gregorio",
    "guillermo", "gustavo", "hector", "helena", "hernan", "hugo", "humberto", "ignacio", "ingrid", "irene", "isabel",
    "isabella", "ivan", "jaime", "javier", "jennifer", "jenny", "jessica", "jesus", "jimena", "joana", "joao", "joaquin", "johana",
    "johanna", "john", "jonathan", "jorge", "jose", "josefa", "juan", "juana", "julia", "julian", "juliana", "julieta", "julio", "karen",
    "karina", "karla", "katherine", "kevin", "laura", "leonardo", "leticia", "lidia", "liliana", "lina", "lorena", "lorenzo", "lucas",
    "lucia", "luciana", "luis", "luisa", "luiz", "luz", "manuel", "manuela", "marcela", "marcelo", "marcia", "marco", "marcos", "margarita",
    "maria", "mariana", "mariano", "maricela", "mario", "marisol", "marta", "martha", "martin", "mateo", "mauricio", "mayra",
    "melissa", "michelle", "miguel", "milagros", "miriam", "monica", "myriam", "nancy", "natalia", "nathalia", "nicolas", "nora",
    "norma", "olga", "omar", "pablo", "paola", "patricia", "paula", "paulo", "pedro", "pilar", "rafael", "ramiro",
    "ramon", "raquel", "raul", "rebeca", "renata", "ricardo", "roberto", "rocio", "rodolfo", "rodrigo", "rosa", "rosario", "ruben", "ruth",
    "samuel", "sandra", "sara", "sebastian", "sergio", "silvia", "sonia", "susana", "tatiana", "teresa", "tiago", "tomas",
    "valentina", "vanessa", "veronica", "vicente", "victor", "viviana", "ximena", "yolanda", "yuliana", "zulema",
];

/// Surnames that are usual there, in lower case, without accents; and by their ending.
#[rustfmt::skip]
const SURNAMES: &[&str] = &[
    "garcia", "lopez", "martinez", "rodriguez", "gonzalez", "hernandez", "perez", "sanchez", "ramirez", "torres", "flores", "rivera", "gomez",
    "diaz", "cruz", "morales", "reyes", "gutierrez", "ortiz", "ramos", "ruiz", "alvarez", "fernandez", "jimenez", "moreno", "romero", "castillo",
    "vargas", "castro", "mendoza", "guerrero", "rojas", "medina", "silva", "santos", "oliveira", "souza", "pereira", "ferreira", "costa", "almeida",
    "carvalho", "ribeiro", "rocha", "marin", "navarro", "vega", "molina", "delgado", "cabrera", "campos", "rios", "leon", "nunez", "suarez", "mora",
    "acosta", "herrera", "aguilar", "salazar", "cardenas", "valencia", "jaramillo", "restrepo", "zapata", "gualdron", "carvajal", "quintero", "arias",
    "mejia", "ospina", "henao", "giraldo", "londono", "velez", "correa", "munoz", "pena", "soto", "contreras", "espinoza", "sepulveda", "araya", "fuentes",
    "lima", "gomes", "martins", "araujo", "melo", "barbosa", "alves", "cardoso", "teixeira", "moreira", "nunes", "mendes", "freitas", "vieira", "monteiro",
];

/// Whether a surname is of such a country: listed, or with an ending that such surnames have.
fn is_surname_there(word: &str) -> bool {
    let word = folded(word);
    SURNAMES.contains(&word.as_str()) || (word.len() > 4 && word.ends_with("ez"))
}

/// What stands between given names: "Maria del Carmen", "Juan de Dios".
const BETWEEN: &[&str] = &["de", "del", "la", "las", "los", "da", "das", "do", "dos"];

/// Whether surnames stand `before` a comma and given names `behind` it. Where a given name stands before it as well, only several
/// behind it tell: Martin is both.
pub(super) fn are_surnames_and_given(before: &str, behind: &str) -> bool {
    /// "Maria de los Angeles".
    const MOST: usize = 4;
    let is_given = |word: &str| GIVEN.contains(&folded(word).as_str());
    let words: Vec<&str> = behind.split_whitespace().collect();
    let is_part = |word: &&str| is_given(word) || BETWEEN.contains(&word.to_lowercase().as_str());
    let begins_with_given = before.split_whitespace().next().is_some_and(is_given);
    (1..=MOST).contains(&words.len())
        && is_given(words[0])
        && words.iter().all(is_part)
        && (!begins_with_given || words.len() > 1)
        // "Sarah Jones, David" may be two people: a single given name tells only behind surnames that are of such a country.
        && (words.len() > 1 || before.split_whitespace().any(is_surname_there))
        && !before.contains(|c: char| c.is_ascii_digit() || matches!(c, '&' | '/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_listed_once_and_as_it_is_compared() {
        for name in GIVEN {
            assert_eq!(folded(name), *name);
            assert_eq!(GIVEN.iter().filter(|other| *other == name).count(), 1, "{name}");
        }
    }
}
