//! The compiled form of an expression: types checked, columns resolved, ready for any number of rows.
//!
//! Each type of value has its own enum, so a program that exists cannot mix them. Knows how an expression is put
//! together, not what it comes to on a row.

use jiff::civil::Date;

use crate::model::{Field, Unit};

use super::error::{Fault, Kind, Problem, Span};
use super::lexer::{Arithmetic, Comparison};
use super::parser::{Function, Node, NodeKind};

/// Something that is true, false or unknown of a row.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Condition {
    Literal(bool),
    Cell(Field),
    Not(Box<Self>),
    All(Box<[Self]>),
    Any(Box<[Self]>),
    Numbers(Comparison, Numeric, Numeric),
    Dates(Comparison, Dated, Dated),
    SameText(Textual, Textual),
    SameTruth(Box<Self>, Box<Self>),
    Missing(Box<Operand>),
}

/// A number.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Numeric {
    Literal(f64),
    Cell(Field),
    Negate(Box<Self>),
    Abs(Box<Self>),
    Join(Arithmetic, Box<Self>, Box<Self>),
    Least(Box<[Self]>),
    Greatest(Box<[Self]>),
}

/// A text; texts are compared without regard to case.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Textual {
    Literal(Box<str>),
    Cell(Field),
}

/// A calendar day.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Dated {
    Literal(Date),
    Cell(Field),
}

/// A value of any type.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Number(Numeric),
    Text(Textual),
    Date(Dated),
    Condition(Condition),
}

impl Operand {
    fn of_field(field: Field) -> Self {
        match field.info().unit {
            Unit::Text | Unit::List => Self::Text(Textual::Cell(field)),
            Unit::Date => Self::Date(Dated::Cell(field)),
            Unit::Flag => Self::Condition(Condition::Cell(field)),
            _ => Self::Number(Numeric::Cell(field)),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Number(_) => Kind::Number,
            Self::Text(_) => Kind::Text,
            Self::Date(_) => Kind::Date,
            Self::Condition(_) => Kind::Condition,
        }
    }
}

/// Compiles a tree that must come to true or false.
pub(super) fn condition(node: &Node) -> Result<Condition, Fault> {
    match operand(node)? {
        Operand::Condition(condition) => Ok(condition),
        other => Err(wrong_kind(node.span, Kind::Condition, &other)),
    }
}

fn number(node: &Node) -> Result<Numeric, Fault> {
    match operand(node)? {
        Operand::Number(number) => Ok(number),
        other => Err(wrong_kind(node.span, Kind::Number, &other)),
    }
}

fn wrong_kind(span: Span, wanted: Kind, found: &Operand) -> Fault {
    let found = found.kind();
    Fault::new(span, Problem::WrongKind { wanted, found })
}

fn operand(node: &Node) -> Result<Operand, Fault> {
    let boxed = |node: &Node| number(node).map(Box::new);
    Ok(match &node.kind {
        NodeKind::Number(value) => Operand::Number(Numeric::Literal(*value)),
        NodeKind::Text(text) => Operand::Text(Textual::Literal(text.as_str().into())),
        NodeKind::Flag(flag) => Operand::Condition(Condition::Literal(*flag)),
        NodeKind::Field(field) => Operand::of_field(*field),
        NodeKind::Negate(inner) => Operand::Number(Numeric::Negate(boxed(inner)?)),
        NodeKind::Arithmetic(join, left, right) => {
            Operand::Number(Numeric::Join(*join, boxed(left)?, boxed(right)?))
        }
        NodeKind::Call(function, arguments) => Operand::Number(call(*function, arguments)?),
        NodeKind::Not(inner) => Operand::Condition(Condition::Not(Box::new(condition(inner)?))),
        NodeKind::All(nodes) => Operand::Condition(Condition::All(each(nodes, condition)?)),
        NodeKind::Any(nodes) => Operand::Condition(Condition::Any(each(nodes, condition)?)),
        NodeKind::Compare(comparison, left, right) => {
            Operand::Condition(compare(*comparison, left, right)?)
        }
        // `x in (a, b)` is `x = a || x = b`, also where something is missing.
        NodeKind::In(needle, members) => Operand::Condition(Condition::Any(each(members, |m| {
            compare(Comparison::Equal, needle, m)
        })?)),
        NodeKind::IsNull(inner) => {
            Operand::Condition(Condition::Missing(Box::new(operand(inner)?)))
        }
    })
}

fn each<T>(nodes: &[Node], compile: impl Fn(&Node) -> Result<T, Fault>) -> Result<Box<[T]>, Fault> {
    nodes.iter().map(compile).collect()
}

fn call(function: Function, arguments: &[Node]) -> Result<Numeric, Fault> {
    Ok(match (function, arguments) {
        (Function::Abs, [only]) => Numeric::Abs(Box::new(number(only)?)),
        (Function::Max, _) => Numeric::Greatest(each(arguments, number)?),
        // The parser has counted: what is left is the least of several.
        _ => Numeric::Least(each(arguments, number)?),
    })
}

fn compare(comparison: Comparison, left: &Node, right: &Node) -> Result<Condition, Fault> {
    let whole = left.span.to(right.span);
    match (operand(left)?, operand(right)?) {
        (Operand::Number(l), Operand::Number(r)) => Ok(Condition::Numbers(comparison, l, r)),
        (Operand::Date(l), Operand::Date(r)) => Ok(Condition::Dates(comparison, l, r)),
        (Operand::Date(l), Operand::Text(Textual::Literal(text))) => {
            Ok(Condition::Dates(comparison, l, day(&text, right.span)?))
        }
        (Operand::Text(Textual::Literal(text)), Operand::Date(r)) => {
            Ok(Condition::Dates(comparison, day(&text, left.span)?, r))
        }
        (Operand::Text(l), Operand::Text(r)) => {
            equality(comparison, Condition::SameText(l, r), Kind::Text, whole)
        }
        (Operand::Condition(l), Operand::Condition(r)) => {
            let same = Condition::SameTruth(Box::new(l), Box::new(r));
            equality(comparison, same, Kind::Condition, whole)
        }
        (l, r) => {
            let (left, right) = (l.kind(), r.kind());
            Err(Fault::new(whole, Problem::Mismatch { left, right }))
        }
    }
}

fn day(text: &str, span: Span) -> Result<Dated, Fault> {
    text.trim()
        .parse()
        .map(Dated::Literal)
        .map_err(|_| Fault::new(span, Problem::BadDate(text.to_owned())))
}

/// A comparison of values that know only equal and different.
fn equality(
    comparison: Comparison,
    same: Condition,
    kind: Kind,
    span: Span,
) -> Result<Condition, Fault> {
    match comparison {
        Comparison::Equal => Ok(same),
        Comparison::Different => Ok(Condition::Not(Box::new(same))),
        _ => Err(Fault::new(span, Problem::Unordered(kind))),
    }
}
