//! Which columns a user wants: a list of names, or changes to a command's own choice.

use std::fmt;
use std::str::FromStr;

use crate::model::Field;
use crate::model::field::UnknownField;

/// The value of `--fields` and `output.fields`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldSelection {
    /// These columns, in this order: `symbol,bid,ask`.
    List(Vec<Field>),
    /// The command's own columns with changes: `+vrp,-beta`.
    Edits(Vec<FieldEdit>),
}

/// One change to a set of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldEdit {
    /// `+name`: put it at the end unless it is there.
    Add(Field),
    /// `-name`: take it out.
    Remove(Field),
}

impl FieldSelection {
    /// The columns to show, given those the command would show by itself.
    pub fn apply(&self, default: &[Field]) -> Vec<Field> {
        let edits = match self {
            Self::List(fields) => return fields.clone(),
            Self::Edits(edits) => edits,
        };
        let mut fields = default.to_vec();
        for edit in edits {
            match edit {
                FieldEdit::Add(field) if fields.contains(field) => {}
                FieldEdit::Add(field) => fields.push(*field),
                FieldEdit::Remove(field) => fields.retain(|kept| kept != field),
            }
        }
        fields
    }

    /// The fields asked for by name; they count towards completeness.
    pub fn named(&self) -> Vec<Field> {
        match self {
            Self::List(fields) => fields.clone(),
            Self::Edits(edits) => edits
                .iter()
                .filter_map(|edit| match edit {
                    FieldEdit::Add(field) => Some(*field),
                    FieldEdit::Remove(_) => None,
                })
                .collect(),
        }
    }
}

impl FromStr for FieldSelection {
    type Err = FieldSelectionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names: Vec<&str> = text
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .collect();
        let edits = names.iter().filter(|name| name.starts_with(['+', '-']));
        match edits.count() {
            _ if names.is_empty() => Err(FieldSelectionError::Empty),
            0 => list(&names),
            count if count == names.len() => names
                .iter()
                .map(|name| edit(name))
                .collect::<Result<_, _>>()
                .map(Self::Edits),
            _ => Err(FieldSelectionError::Mixed),
        }
    }
}

fn list(names: &[&str]) -> Result<FieldSelection, FieldSelectionError> {
    let mut fields = Vec::with_capacity(names.len());
    for name in names {
        let field = name.parse()?;
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    Ok(FieldSelection::List(fields))
}

fn edit(signed: &str) -> Result<FieldEdit, FieldSelectionError> {
    Ok(match signed.strip_prefix('-') {
        Some(name) => FieldEdit::Remove(name.parse()?),
        None => FieldEdit::Add(signed.trim_start_matches('+').parse()?),
    })
}

impl fmt::Display for FieldSelection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<String> = match self {
            Self::List(fields) => fields.iter().map(Field::to_string).collect(),
            Self::Edits(edits) => edits.iter().map(FieldEdit::to_string).collect(),
        };
        f.write_str(&names.join(","))
    }
}

impl fmt::Display for FieldEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Add(field) => write!(f, "+{field}"),
            Self::Remove(field) => write!(f, "-{field}"),
        }
    }
}

/// A text that selects no columns.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FieldSelectionError {
    /// No name at all.
    #[error("expected field names such as symbol,bid,ask or changes such as +vrp,-beta")]
    Empty,
    /// Names and changes side by side.
    #[error("either every name has a + or - (changes) or none has (a list)")]
    Mixed,
    /// A name that is no field.
    #[error(transparent)]
    Unknown(#[from] UnknownField),
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_list_replaces_the_default() {
        let selection: FieldSelection = "symbol, iv,bid,iv,".parse().unwrap();
        assert_eq!(
            selection.apply(&[Field::Ask]),
            [Field::Symbol, Field::Iv, Field::Bid]
        );
        assert_eq!(selection.to_string(), "symbol,iv,bid");
    }

    #[test]
    fn edits_change_the_default() {
        let selection: FieldSelection = "+vrp,-beta,+bid".parse().unwrap();
        assert_eq!(
            selection.apply(&[Field::Bid, Field::Beta]),
            [Field::Bid, Field::Vrp]
        );
        assert_eq!(selection.named(), [Field::Vrp, Field::Bid]);
        assert_eq!(selection.to_string(), "+vrp,-beta,+bid");
    }

    #[test]
    fn slips_are_explained() {
        let reason = |text: &str| text.parse::<FieldSelection>().unwrap_err().to_string();
        insta::assert_snapshot!(reason(""), @"expected field names such as symbol,bid,ask or changes such as +vrp,-beta");
        insta::assert_snapshot!(reason("bid,+vrp"), @"either every name has a + or - (changes) or none has (a list)");
        assert!(reason("-betta").contains("beta"));
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in ".{0,60}") {
            let _ = text.parse::<FieldSelection>();
        }

        #[test]
        fn what_is_shown_reads_back(picks in proptest::collection::vec(0..Field::ALL.len(), 1..10)) {
            let edits = picks.iter().map(|i| FieldEdit::Add(Field::ALL[*i])).collect();
            let selection = FieldSelection::Edits(edits);
            prop_assert_eq!(selection.to_string().parse(), Ok(selection));
        }
    }
}
