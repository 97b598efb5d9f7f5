//! What a command needs to know about each symbol: the columns it shows, what filters, sort keys and gates read, and
//! which of it counts towards completeness.

use super::context::Context;
use super::failure::UsageError;
use crate::model::{Command, Cost, Field, FieldSet, Symbol};
use crate::provider::{Counting, Target, ranking};
use crate::render::default_fields;
use crate::settings::FieldSelection;

/// Fields that companies have and funds have not.
const COMPANY: FieldSet = FieldSet::of(&[
    Field::Sector,
    Field::Industry,
    Field::EarningsDate,
    Field::EarningsTime,
]);

/// What a command needs to know about each symbol.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand {
    /// Fields that are asked for.
    pub(super) wants: FieldSet,
    /// Named fields that only companies have: where one is missing, it has to be known whether it is a company.
    explained: FieldSet,
    /// Which of them count.
    pub(super) counting: Counting,
    /// Fields that are shown.
    pub(super) shown: FieldSet,
}

impl Demand {
    /// The demand of a command; `read` are the fields that its filters and sort keys read.
    ///
    /// # Errors
    /// A column that the command does not have.
    pub(super) fn of(
        context: &Context,
        command: Command,
        read: FieldSet,
    ) -> Result<Self, UsageError> {
        let selection = context.settings.output.fields.as_ref();
        let named: FieldSet = context.named_fields(command).union(read);
        if let Some(field) = named.iter().find(|field| !is_of(command, *field)) {
            return Err(UsageError::ForeignField { field, command });
        }
        let columns = context.fields(command);
        let columns = columns.unwrap_or_else(|| default_fields(command, context.view.format));
        let shown: FieldSet = columns.into_iter().collect();
        // A list says all that is wanted; changes to the command's own columns leave its core.
        let has_core = !matches!(selection, Some(FieldSelection::List(_)));
        let core = if has_core {
            ranking::CORE
        } else {
            FieldSet::EMPTY
        };
        let is_strict = context.global.strict;
        let is_asked =
            |field: &Field| field.info().cost != Cost::Told || named.contains(*field) || is_strict;
        Ok(Self {
            wants: shown
                .union(named)
                .union(core)
                .iter()
                .filter(is_asked)
                .collect(),
            explained: named.with_parts().intersection(COMPANY),
            counting: Counting {
                listed: shown,
                named,
                has_core,
                strict: is_strict,
            },
            shown,
        })
    }

    /// A symbol with everything that is wanted of it.
    pub(super) fn target(&self, symbol: Symbol) -> Target {
        Target {
            symbol,
            wants: self.wants,
            explained: self.explained,
        }
    }
}

fn is_of(command: Command, field: Field) -> bool {
    field.info().commands.contains(&command)
}
