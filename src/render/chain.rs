//! Options as traders read them: by expiration, calls left and puts right of the strike.

use jiff::civil::Date;

use crate::model::report::Report;
use crate::model::{Field, Right, Row, Symbol, Value};

use super::cell::{Shown, printable, shown};
use super::columns::{hidden_to_fit, says_something};
use super::grid::{Align, Column, GAP, Grid};
use super::number;
use super::table::{self, Sheet};
use super::terminal::View;

/// Lays the options out side by side; rows that cannot be placed follow one per line.
pub(super) fn sheet(report: &Report, view: View) -> Sheet {
    let chain = Chain::of(&report.rows);
    if chain.groups.is_empty() {
        return table::long(report, &chain.rest, view);
    }
    let mut fields = side_fields(report);
    let hidden = match view.terminal.width {
        Some(width) if report.fields.is_none() => chain.hidden(report, &fields, width.into()),
        _ => Vec::new(),
    };
    fields.retain(|field| !hidden.contains(field));
    let mut sheet = Sheet {
        lines: chain.lines(&fields, view.terminal.color),
        shown: fields,
        hidden,
    };
    if !chain.rest.is_empty() {
        sheet.lines.push(String::new());
        sheet
            .lines
            .extend(table::long(report, &chain.rest, view).lines);
    }
    sheet
}

/// What stands beside the strike, from the strike outwards.
fn side_fields(report: &Report) -> Vec<Field> {
    let mut fields = report.fields.clone().unwrap_or_else(|| {
        let selection = SIDE.iter().copied();
        selection
            .filter(|field| says_something(report, *field))
            .collect()
    });
    fields.retain(|field| !PLACED.contains(field));
    fields
}

/// Told by the heading, the strike and the side, so never repeated in a cell.
const PLACED: [Field; 6] = [
    Field::Symbol,
    Field::Underlying,
    Field::Expiration,
    Field::Dte,
    Field::Strike,
    Field::Right,
];

const SIDE: &[Field] = &[
    Field::Bid,
    Field::Ask,
    Field::Iv,
    Field::Delta,
    Field::Gamma,
    Field::Theta,
    Field::Vega,
    Field::Volume,
    Field::OpenInterest,
];

struct Chain<'a> {
    groups: Vec<Group<'a>>,
    /// Rows without expiration, strike or right, and second rows for one place.
    rest: Vec<&'a Row>,
}

/// The strikes of one root and one expiration: `SPX` and `SPXW` can expire on one day.
struct Group<'a> {
    key: (String, Date),
    heading: String,
    pairs: Vec<Pair<'a>>,
}

struct Pair<'a> {
    strike: f64,
    call: Option<&'a Row>,
    put: Option<&'a Row>,
}

impl<'a> Chain<'a> {
    fn of(rows: &'a [Row]) -> Self {
        let mut chain = Self {
            groups: Vec::new(),
            rest: Vec::new(),
        };
        for row in rows {
            if chain.place(row).is_none() {
                chain.rest.push(row);
            }
        }
        chain.groups.sort_by_key(|group| group.key.1);
        for group in &mut chain.groups {
            group.pairs.sort_by(|a, b| a.strike.total_cmp(&b.strike));
        }
        chain
    }

    /// Puts a row in its place; `None` when it has none or another row is there.
    fn place(&mut self, row: &'a Row) -> Option<()> {
        let Some(Value::Date(expiration)) = row.value(Field::Expiration) else {
            return None;
        };
        let strike = row.number(Field::Strike)?;
        let right = right(row)?;
        let pairs = &mut self.group(row, *expiration).pairs;
        let at = pairs
            .iter()
            .position(|pair| pair.strike == strike)
            .unwrap_or_else(|| {
                pairs.push(Pair {
                    strike,
                    call: None,
                    put: None,
                });
                pairs.len() - 1
            });
        let place = match right {
            Right::Call => &mut pairs[at].call,
            Right::Put => &mut pairs[at].put,
        };
        place.is_none().then(|| *place = Some(row))
    }

    fn group(&mut self, row: &Row, expiration: Date) -> &mut Group<'a> {
        let key = (root(&row.symbol), expiration);
        let at = self
            .groups
            .iter()
            .position(|group| group.key == key)
            .unwrap_or_else(|| {
                self.groups.push(Group {
                    heading: heading(row, &key),
                    key,
                    pairs: Vec::new(),
                });
                self.groups.len() - 1
            });
        &mut self.groups[at]
    }

    /// Fields to hide on both sides so that the line fits.
    fn hidden(&self, report: &Report, fields: &[Field], width: usize) -> Vec<Field> {
        let (calls, puts) = self.sides(fields);
        let sizes: Vec<usize> = self.grid(fields).sizes().collect();
        let (left, rest) = sizes.split_at(calls.len());
        let (strike, right) = rest.split_at(1);
        let placed = calls.iter().zip(left).chain(puts.iter().zip(right));
        let both = |field| placed.clone().filter(move |(at, _)| **at == field);
        let sizes: Vec<(Field, usize)> = fields
            .iter()
            .map(|field| (*field, both(*field).map(|(_, size)| size).sum()))
            .collect();
        let available = (width + usize::from(GAP)).saturating_sub(strike.iter().sum());
        hidden_to_fit(report.command, &sizes, available)
    }

    /// What stands left and right of the strike; a side without options has no columns.
    fn sides(&self, fields: &[Field]) -> (Vec<Field>, Vec<Field>) {
        let side = |right, fields: Vec<Field>| if self.has(right) { fields } else { Vec::new() };
        (
            side(Right::Call, mirrored(fields)),
            side(Right::Put, fields.to_vec()),
        )
    }

    fn lines(&self, fields: &[Field], color: bool) -> Vec<String> {
        let sides = match (self.has(Right::Call), self.has(Right::Put)) {
            (true, true) => "calls left, puts right",
            (true, false) => "calls",
            _ => "puts",
        };
        let mut rows = self.grid(fields).lines(color).into_iter();
        let header = rows.next().unwrap_or_default();
        let mut lines = Vec::new();
        for group in &self.groups {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            lines.push(format!("{}  {sides}", group.heading));
            lines.push(header.clone());
            lines.extend(rows.by_ref().take(group.pairs.len()));
        }
        lines
    }

    /// All groups under one header, so that they share their widths.
    fn grid(&self, fields: &[Field]) -> Grid {
        let pairs = || self.groups.iter().flat_map(|group| &group.pairs);
        let strikes = pairs().map(|pair| number::exact(pair.strike).len());
        let strike_width = strikes.chain(["strike".len()]).max().unwrap_or_default();
        let (left, right) = self.sides(fields);
        let strike_title = format!("│ {:>strike_width$} │", "strike");
        let columns = left
            .iter()
            .map(|field| side_column(*field))
            .chain([Column::new(&strike_title, Align::Left)])
            .chain(right.iter().map(|field| side_column(*field)));
        let rows = pairs().map(|pair| {
            let strike = format!("│ {:>strike_width$} │", number::exact(pair.strike));
            let mut cells = side(pair.call, &left);
            cells.push(Shown::plain(&strike));
            cells.extend(side(pair.put, &right));
            cells
        });
        Grid::new(columns.collect(), rows.collect())
    }

    fn has(&self, right: Right) -> bool {
        self.groups
            .iter()
            .flat_map(|group| &group.pairs)
            .any(|pair| match right {
                Right::Call => pair.call.is_some(),
                Right::Put => pair.put.is_some(),
            })
    }
}

/// The cells of one option; a strike without it stays blank, which is not the same as a missing value.
fn side(option: Option<&Row>, fields: &[Field]) -> Vec<Shown> {
    let cells = fields
        .iter()
        .map(|field| option.map_or_else(Shown::default, |row| shown(row, *field)));
    cells.collect()
}

fn side_column(field: Field) -> Column {
    let mut column = table::column(field);
    // The names of a chain stand close together, so the longest one is said shorter.
    if field == Field::OpenInterest {
        "oi".clone_into(&mut column.title);
    }
    column
}

/// The same fields read towards the strike; bid stays before ask on both sides.
fn mirrored(fields: &[Field]) -> Vec<Field> {
    let mut mirrored: Vec<Field> = fields.iter().rev().copied().collect();
    let at = |wanted| mirrored.iter().position(|field| *field == wanted);
    if let (Some(bid), Some(ask)) = (at(Field::Bid), at(Field::Ask)) {
        mirrored.swap(bid, ask);
    }
    mirrored
}

fn right(row: &Row) -> Option<Right> {
    let Some(Value::Text(word)) = row.value(Field::Right) else {
        return None;
    };
    [Right::Call, Right::Put]
        .into_iter()
        .find(|right| right.name() == &**word)
}

/// The option root as the symbol spells it; the second word of a future option names its series.
fn root(symbol: &Symbol) -> String {
    symbol.option().map_or_else(
        || {
            let series = symbol.as_str().split_whitespace().nth(1);
            series.unwrap_or_default().to_owned()
        },
        |contract| contract.root,
    )
}

fn heading(row: &Row, (root, expiration): &(String, Date)) -> String {
    let name = match row.value(Field::Underlying) {
        Some(Value::Text(underlying)) if **underlying == **root || root.is_empty() => {
            underlying.to_string()
        }
        Some(Value::Text(underlying)) => format!("{underlying} {root}"),
        _ => root.clone(),
    };
    let days = match row.cell(Field::Dte) {
        Some(_) => format!("  {} d", shown(row, Field::Dte).text),
        None => String::new(),
    };
    printable(&format!("{name}  {expiration}{days}"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::model::{Command, Origin, OutputFormat, Reason};
    use crate::render::testing::{fill, report, row, text, view, wide};
    use crate::render::{GreeksLayout, render_report};

    fn option(symbol: &str, delta: f64) -> Row {
        let mut row = row(symbol);
        let contract = row.symbol.option().unwrap();
        row.set_computed(Field::Underlying, Value::Text(contract.underlying().into()));
        row.set_computed(Field::Expiration, Value::Date(contract.expiration));
        row.set_computed(Field::Dte, Value::Number(28.0));
        row.set_computed(Field::Strike, Value::Number(contract.strike.price()));
        row.set_computed(Field::Right, Value::Text(contract.right.name().into()));
        fill(
            &mut row,
            Origin::DXLINK,
            &[
                (Field::Bid, 8.1),
                (Field::Ask, 8.15),
                (Field::Mid, 8.125),
                (Field::Iv, 14.2),
                (Field::Delta, delta),
                (Field::Gamma, 0.0123),
                (Field::Theta, -0.211),
                (Field::Vega, 0.655),
                (Field::OpenInterest, 12_345.0),
            ],
        );
        row.set_missing(Field::Volume, Reason::NoEventBeforeDeadline);
        row
    }

    fn spy() -> Report {
        report(
            Command::Greeks,
            vec![
                option(".SPY261218C605", 0.46),
                option(".SPY261218P600", -0.49),
                option(".SPY261218C600", 0.51),
                option(".SPY270115P602.5", -0.5),
            ],
        )
    }

    #[test]
    fn calls_and_puts_meet_at_the_strike() {
        insta::assert_snapshot!(text(&spy(), OutputFormat::Table, wide(160)), @"
        SPY  2026-12-18  28 d  calls left, puts right
           oi  volume   vega   theta   gamma  delta    iv   bid   ask  │ strike │   bid   ask    iv   delta   gamma   theta   vega  volume     oi
        12.3k       –  0.655  -0.211  0.0123  0.510  14.2  8.10  8.15  │    600 │  8.10  8.15  14.2  -0.490  0.0123  -0.211  0.655       –  12.3k
        12.3k       –  0.655  -0.211  0.0123  0.460  14.2  8.10  8.15  │    605 │

        SPY  2027-01-15  28 d  calls left, puts right
           oi  volume   vega   theta   gamma  delta    iv   bid   ask  │ strike │   bid   ask    iv   delta   gamma   theta   vega  volume     oi
                                                                       │  602.5 │  8.10  8.15  14.2  -0.500  0.0123  -0.211  0.655       –  12.3k
        ");
    }

    #[test]
    fn a_narrow_terminal_hides_a_field_on_both_sides() {
        insta::assert_snapshot!(text(&spy(), OutputFormat::Table, wide(80)), @"
        SPY  2026-12-18  28 d  calls left, puts right
         theta  delta    iv   bid   ask  │ strike │   bid   ask    iv   delta   theta
        -0.211  0.510  14.2  8.10  8.15  │    600 │  8.10  8.15  14.2  -0.490  -0.211
        -0.211  0.460  14.2  8.10  8.15  │    605 │

        SPY  2027-01-15  28 d  calls left, puts right
         theta  delta    iv   bid   ask  │ strike │   bid   ask    iv   delta   theta
                                         │  602.5 │  8.10  8.15  14.2  -0.500  -0.211
        ");
    }

    #[test]
    fn one_side_alone_stands_alone() {
        let report = report(Command::Greeks, vec![option(".SPY261218C600", 0.51)]);
        insta::assert_snapshot!(text(&report, OutputFormat::Table, wide(160)), @"
        SPY  2026-12-18  28 d  calls
           oi  volume   vega   theta   gamma  delta    iv   bid   ask  │ strike │
        12.3k       –  0.655  -0.211  0.0123  0.510  14.2  8.10  8.15  │    600 │
        ");
    }

    #[test]
    fn roots_of_one_day_do_not_mix() {
        let report = report(
            Command::Greeks,
            vec![
                option(".SPX261218C6000", 0.5),
                option(".SPXW261218C6000", 0.5),
            ],
        );
        let written = text(&report, OutputFormat::Table, wide(160));
        assert!(written.contains("SPX  2026-12-18"), "{written}");
        assert!(written.contains("SPX SPXW  2026-12-18"), "{written}");
    }

    #[test]
    fn a_row_without_a_place_follows_below() {
        let mut report = spy();
        report.rows.push(row(".SPY261218C900"));
        let written = text(&report, OutputFormat::Table, wide(160));
        let last = written.lines().last().unwrap();
        assert!(last.starts_with("SPY   261218C00900000"), "{written}");
    }

    #[test]
    fn long_layout_has_one_option_per_line() {
        let mut view = view(OutputFormat::Table, wide(120));
        view.greeks = GreeksLayout::Long;
        let mut out = Vec::new();
        render_report(&spy(), view, &mut out).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @"
        symbol                 dte   bid   ask  mark    iv   delta   gamma   theta   vega  volume  open_interest
        SPY   261218C00605000   28  8.10  8.15     –  14.2   0.460  0.0123  -0.211  0.655       –          12.3k
        SPY   261218P00600000   28  8.10  8.15     –  14.2  -0.490  0.0123  -0.211  0.655       –          12.3k
        SPY   261218C00600000   28  8.10  8.15     –  14.2   0.510  0.0123  -0.211  0.655       –          12.3k
        SPY   270115P00602500   28  8.10  8.15     –  14.2  -0.500  0.0123  -0.211  0.655       –          12.3k
        ");
    }

    #[test]
    fn asked_for_fields_stand_on_both_sides() {
        let mut report = spy();
        report.fields = Some(vec![Field::Symbol, Field::Bid, Field::Ask, Field::Theta]);
        let written = text(&report, OutputFormat::Table, wide(40));
        assert_eq!(
            written.lines().nth(1),
            Some(" theta   bid   ask  │ strike │   bid   ask   theta")
        );
    }

    #[test]
    fn expirations_are_in_order_of_time() {
        let mut report = spy();
        report.rows.reverse();
        let chain = Chain::of(&report.rows);
        let dates: Vec<_> = chain.groups.iter().map(|group| group.key.1).collect();
        assert_eq!(dates, [date(2026, 12, 18), date(2027, 1, 15)]);
    }
}
