//! Tokens → a tree with spans, by binding power. Knows grammar and field names, not types.
//!
//! From loose to tight: `||`, `&&`, `not`, comparisons with `in` and `is null`, `+ -`, `* /`, `-` and `!`. So `not`
//! takes the comparison after it as in SQL, and `!` takes the one word after it as in C.

use crate::model::{Field, FieldSet, Unit};

use super::error::{Fault, Problem, Span};
use super::lexer::{Arithmetic, Comparison, Lexeme, Token, lex};

/// Reads a whole expression; also gives every field it names.
pub(super) fn parse(text: &str) -> Result<(Node, FieldSet), Fault> {
    if text.len() > MAX_LENGTH {
        let limit = MAX_LENGTH;
        let at = Span::at(text.floor_char_boundary(limit));
        return Err(Fault::new(at, Problem::TooLong { limit }));
    }
    if text.trim().is_empty() {
        return Err(Fault::new(Span::at(0), Problem::Empty));
    }
    let mut parser = Parser {
        text,
        lexemes: lex(text)?,
        at: 0,
        fields: FieldSet::EMPTY,
    };
    let node = parser.expression(0, 0)?;
    match parser.peek().token {
        Token::End => Ok((node, parser.fields)),
        _ => Err(parser.expected("an operator or the end")),
    }
}

/// A part of an expression and where it stands.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) kind: NodeKind,
    pub(super) span: Span,
    height: usize,
}

impl Node {
    fn leaf(kind: NodeKind, span: Span) -> Self {
        Self {
            kind,
            span,
            height: 1,
        }
    }

    /// A node above others; refused when the tree grows beyond the limit, so that nothing that walks it can run out
    /// of stack.
    fn above<'n>(children: impl IntoIterator<Item = &'n Self>, span: Span) -> Result<Stem, Fault> {
        let tallest = children.into_iter().map(|node| node.height).max();
        let height = 1 + tallest.unwrap_or(0);
        check_depth(height, span)?;
        Ok(Stem { span, height })
    }
}

/// A node whose place in the tree is settled and whose kind is still to come.
struct Stem {
    span: Span,
    height: usize,
}

impl Stem {
    fn with(self, kind: NodeKind) -> Node {
        Node {
            kind,
            span: self.span,
            height: self.height,
        }
    }
}

/// What a part of an expression is.
#[derive(Debug)]
pub(super) enum NodeKind {
    Number(f64),
    Text(String),
    Flag(bool),
    Field(Field),
    Negate(Box<Node>),
    Not(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    Arithmetic(Arithmetic, Box<Node>, Box<Node>),
    In(Box<Node>, Vec<Node>),
    IsNull(Box<Node>),
    Call(Function, Vec<Node>),
}

/// The functions an expression may call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Abs,
    Min,
    Max,
}

impl Function {
    fn named(name: &str) -> Result<Self, Problem> {
        [("abs", Self::Abs), ("min", Self::Min), ("max", Self::Max)]
            .into_iter()
            .find(|(spelling, _)| spelling.eq_ignore_ascii_case(name))
            .map(|(_, function)| function)
            .ok_or_else(|| Problem::UnknownFunction(name.to_owned()))
    }

    fn check_count(self, count: usize) -> Result<(), Problem> {
        let (function, fits, wanted) = match self {
            Self::Abs => ("abs", count == 1, "one value"),
            Self::Min => ("min", count >= 2, "two or more values"),
            Self::Max => ("max", count >= 2, "two or more values"),
        };
        if fits {
            Ok(())
        } else {
            Err(Problem::ArgumentCount { function, wanted })
        }
    }
}

struct Parser<'a> {
    text: &'a str,
    lexemes: Vec<Lexeme<'a>>,
    at: usize,
    fields: FieldSet,
}

impl<'a> Parser<'a> {
    /// Reads operators that bind at least as tightly as `minimum`.
    fn expression(&mut self, minimum: u8, depth: usize) -> Result<Node, Fault> {
        check_depth(depth, self.peek().span)?;
        let mut left = self.prefix(depth + 1)?;
        let mut compared = false;
        while let Some(power) = self.infix_power().filter(|power| *power >= minimum) {
            if power == COMPARISON {
                if compared {
                    return Err(Fault::new(self.peek().span, Problem::ChainedComparison));
                }
                compared = true;
            }
            left = self.infix(left, power, depth + 1)?;
        }
        Ok(left)
    }

    /// How tightly the operator that comes next binds; `None` when none comes.
    fn infix_power(&self) -> Option<u8> {
        match self.peek().token {
            Token::Or => Some(OR),
            Token::And => Some(AND),
            Token::Compare(_) | Token::Is | Token::In => Some(COMPARISON),
            Token::Not if self.lexemes[self.at + 1].token == Token::In => Some(COMPARISON),
            Token::Arithmetic(Arithmetic::Add | Arithmetic::Subtract) => Some(SUM),
            Token::Arithmetic(Arithmetic::Multiply | Arithmetic::Divide) => Some(PRODUCT),
            _ => None,
        }
    }

    fn infix(&mut self, left: Node, power: u8, depth: usize) -> Result<Node, Fault> {
        match self.next().token {
            Token::Is => self.null_test(left),
            Token::In => self.membership(left, depth),
            Token::Not => {
                self.next();
                let test = self.membership(left, depth)?;
                let span = test.span;
                negation(test, span)
            }
            Token::Compare(comparison) => {
                let right = self.expression(power + 1, depth)?;
                pair(left, right, |l, r| NodeKind::Compare(comparison, l, r))
            }
            Token::Arithmetic(arithmetic) => {
                let right = self.expression(power + 1, depth)?;
                pair(left, right, |l, r| NodeKind::Arithmetic(arithmetic, l, r))
            }
            logical => {
                let right = self.expression(power + 1, depth)?;
                conditions(logical, left, right)
            }
        }
    }

    fn null_test(&mut self, left: Node) -> Result<Node, Fault> {
        let negated = self.accept(Token::Not);
        let end = self.expect(Token::Null, "null")?;
        let span = left.span.to(end);
        let test = Node::above([&left], span)?.with(NodeKind::IsNull(Box::new(left)));
        if negated {
            negation(test, span)
        } else {
            Ok(test)
        }
    }

    fn membership(&mut self, left: Node, depth: usize) -> Result<Node, Fault> {
        self.expect(Token::Open, "a list such as ('SPY', 'QQQ')")?;
        let (members, end) = self.list(depth)?;
        let stem = Node::above(members.iter().chain([&left]), left.span.to(end))?;
        Ok(stem.with(NodeKind::In(Box::new(left), members)))
    }

    fn prefix(&mut self, depth: usize) -> Result<Node, Fault> {
        let Lexeme { token, span } = self.peek();
        match token {
            Token::Number(number) => Ok(self.leaf(NodeKind::Number(number))),
            Token::Text(text) => Ok(self.leaf(NodeKind::Text(text.to_owned()))),
            Token::Flag(flag) => Ok(self.leaf(NodeKind::Flag(flag))),
            Token::Name(name) => self.name(name, depth),
            Token::Bang | Token::Not => {
                self.next();
                let power = if token == Token::Bang { UNARY } else { NOT };
                let inner = self.expression(power, depth)?;
                let whole = span.to(inner.span);
                negation(inner, whole)
            }
            Token::Arithmetic(Arithmetic::Subtract) => {
                self.next();
                let inner = self.expression(UNARY, depth)?;
                let stem = Node::above([&inner], span.to(inner.span))?;
                Ok(stem.with(NodeKind::Negate(Box::new(inner))))
            }
            Token::Open => {
                self.next();
                let inner = self.expression(0, depth)?;
                let end = self.expect(Token::Close, "')'")?;
                Ok(Node {
                    span: span.to(end),
                    ..inner
                })
            }
            _ => Err(self.expected("a field, a number or a text")),
        }
    }

    fn name(&mut self, name: &'a str, depth: usize) -> Result<Node, Fault> {
        let span = self.next().span;
        let fault = |problem| Fault::new(span, problem);
        if self.accept(Token::Open) {
            let function = Function::named(name).map_err(fault)?;
            let (arguments, end) = self.list(depth)?;
            let whole = span.to(end);
            function
                .check_count(arguments.len())
                .map_err(|problem| Fault::new(whole, problem))?;
            let stem = Node::above(&arguments, whole)?;
            return Ok(stem.with(NodeKind::Call(function, arguments)));
        }
        let field = usable_field(name).map_err(fault)?;
        self.fields.insert(field);
        Ok(Node::leaf(NodeKind::Field(field), span))
    }

    /// Reads values up to the closing parenthesis and says where that is.
    fn list(&mut self, depth: usize) -> Result<(Vec<Node>, Span), Fault> {
        let mut nodes = vec![self.expression(0, depth)?];
        while self.accept(Token::Comma) {
            nodes.push(self.expression(0, depth)?);
        }
        let end = self.expect(Token::Close, "',' or ')'")?;
        Ok((nodes, end))
    }

    fn peek(&self) -> Lexeme<'a> {
        self.lexemes[self.at]
    }

    /// Takes the next token; the end is never passed.
    fn next(&mut self) -> Lexeme<'a> {
        let lexeme = self.peek();
        self.at = (self.at + 1).min(self.lexemes.len() - 1);
        lexeme
    }

    fn leaf(&mut self, kind: NodeKind) -> Node {
        Node::leaf(kind, self.next().span)
    }

    fn accept(&mut self, token: Token<'_>) -> bool {
        let found = self.peek().token == token;
        if found {
            self.next();
        }
        found
    }

    fn expect(&mut self, token: Token<'_>, wanted: &'static str) -> Result<Span, Fault> {
        if self.peek().token == token {
            Ok(self.next().span)
        } else {
            Err(self.expected(wanted))
        }
    }

    fn expected(&self, wanted: &'static str) -> Fault {
        let Lexeme { token, span } = self.peek();
        let found = match token {
            Token::End => "the end".to_owned(),
            Token::Text(text) => format!("'{text}'"),
            _ => format!("'{}'", &self.text[span.start..span.end]),
        };
        Fault::new(span, Problem::Expected { wanted, found })
    }
}

/// The field of that name, if it has one value that is known before the rows are ranked.
pub(super) fn usable_field(name: &str) -> Result<Field, Problem> {
    let field: Field = name.parse()?;
    if field == Field::Rank || field.info().unit == Unit::List {
        return Err(Problem::ResultField(field));
    }
    Ok(field)
}

fn pair(
    left: Node,
    right: Node,
    kind: impl FnOnce(Box<Node>, Box<Node>) -> NodeKind,
) -> Result<Node, Fault> {
    let stem = Node::above([&left, &right], left.span.to(right.span))?;
    Ok(stem.with(kind(Box::new(left), Box::new(right))))
}

/// Joins conditions; a long list of them stays flat, so that only real nesting counts against the limit.
fn conditions(operator: Token<'_>, left: Node, right: Node) -> Result<Node, Fault> {
    let span = left.span.to(right.span);
    let mut nodes = match (operator, left.kind) {
        (Token::And, NodeKind::All(nodes)) | (Token::Or, NodeKind::Any(nodes)) => nodes,
        (_, kind) => vec![Node { kind, ..left }],
    };
    nodes.push(right);
    let stem = Node::above(&nodes, span)?;
    Ok(stem.with(match operator {
        Token::And => NodeKind::All(nodes),
        _ => NodeKind::Any(nodes),
    }))
}

fn negation(inner: Node, span: Span) -> Result<Node, Fault> {
    let stem = Node::above([&inner], span)?;
    Ok(stem.with(NodeKind::Not(Box::new(inner))))
}

fn check_depth(depth: usize, span: Span) -> Result<(), Fault> {
    if depth > MAX_DEPTH {
        let limit = MAX_DEPTH;
        return Err(Fault::new(span, Problem::TooDeep { limit }));
    }
    Ok(())
}

/// Binding powers; the right side of an operator is read one tighter, so that equals group to the left.
const OR: u8 = 1;
const AND: u8 = 3;
const NOT: u8 = 5;
const COMPARISON: u8 = 7;
const SUM: u8 = 9;
const PRODUCT: u8 = 11;
const UNARY: u8 = 13;

/// Bytes of the longest text that is read.
const MAX_LENGTH: usize = 4096;
/// Levels of parentheses, and of operators above each other.
const MAX_DEPTH: usize = 64;
