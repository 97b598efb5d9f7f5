//! Aligned text: the one place that knows the table library and how wide a text is.

use comfy_table::presets::{ASCII_MARKDOWN, NOTHING};
use comfy_table::{
    Attribute, Cell, CellAlignment, Color, ColumnConstraint, ContentArrangement, Row, Table, Width,
};

use super::cell::{Shown, Tone};

/// Blanks between two columns.
pub(super) const GAP: u16 = 2;

/// A column of a [`Grid`].
#[derive(Clone, Debug)]
pub(super) struct Column {
    /// The text that heads the column.
    pub(super) title: String,
    /// Numbers stand right, texts left.
    pub(super) align: Align,
    /// The most text it may show; longer text ends in `…`.
    pub(super) cap: Option<u16>,
}

impl Column {
    /// A column without a limit.
    pub(super) fn new(title: &str, align: Align) -> Self {
        Self {
            title: title.to_owned(),
            align,
            cap: None,
        }
    }
}

/// On which side of its column a cell stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Align {
    /// Texts.
    Left,
    /// Numbers.
    Right,
}

/// Columns and rows of text, ready to be laid out.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    columns: Vec<Column>,
    rows: Vec<Vec<Shown>>,
}

impl Grid {
    /// Puts rows under columns.
    pub(super) fn new(columns: Vec<Column>, rows: Vec<Vec<Shown>>) -> Self {
        Self { columns, rows }
    }

    /// How wide each column is, header included.
    pub(super) fn widths(&self) -> Vec<u16> {
        let natural = self.table(Ink::None).column_max_content_widths();
        natural
            .into_iter()
            .zip(&self.columns)
            .map(|(width, column)| column.cap.map_or(width, |cap| width.min(cap)))
            .collect()
    }

    /// What each column costs on the line, the gap included.
    pub(super) fn sizes(&self) -> impl Iterator<Item = usize> {
        let widths = self.widths().into_iter();
        widths.map(|width| usize::from(width) + usize::from(GAP))
    }

    /// Lets the last column, if it is limited, take what the others leave of the line.
    pub(super) fn stretch(&mut self, width: u16) {
        let widths = self.widths();
        let Some((_, others)) = widths.split_last() else {
            return;
        };
        let taken: u16 = others.iter().map(|width| width + GAP).sum();
        if let Some(cap) = self.columns.last_mut().and_then(|last| last.cap.as_mut()) {
            *cap = (*cap).max(width.saturating_sub(taken));
        }
    }

    /// Header and rows, one line each, without blanks at the end.
    pub(super) fn lines(&self, color: bool) -> Vec<String> {
        let mut table = self.table(if color { Ink::Color } else { Ink::None });
        let natural = table.column_max_content_widths();
        for (index, column) in self.columns.iter().enumerate() {
            if let (Some(cap), Some(laid_out)) = (column.cap, table.column_mut(index))
                && natural[index] > cap
            {
                laid_out.set_constraint(ColumnConstraint::Absolute(Width::Fixed(cap + GAP)));
            }
        }
        trimmed(&table)
    }

    /// Header and rows with text broken over lines so that nothing is lost and `width` is kept.
    pub(super) fn wrapped(&self, width: Option<u16>, color: bool) -> Vec<String> {
        let mut table = self.table(if color { Ink::Color } else { Ink::None });
        table.row_iter_mut().for_each(|row| {
            row.max_height(usize::MAX);
        });
        if let Some(width) = width {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(width);
        }
        let last = self.columns.len().saturating_sub(1);
        for index in 0..last {
            if let Some(column) = table.column_mut(index) {
                column.set_constraint(ColumnConstraint::ContentWidth);
            }
        }
        trimmed(&table)
    }

    /// Header and rows as a Markdown pipe table.
    pub(super) fn piped(&self) -> Vec<String> {
        let mut escaped = self.clone();
        for shown in escaped.rows.iter_mut().flatten() {
            shown.text = shown.text.replace('|', "\\|");
        }
        let mut table = escaped.table(Ink::None);
        table.load_style(ASCII_MARKDOWN);
        for column in table.column_iter_mut() {
            column.set_padding((1, 1));
        }
        let widths = table.column_max_content_widths();
        let rule = self.columns.iter().zip(widths).map(|(column, width)| {
            let dashes = "-".repeat(usize::from(width) + 1);
            match column.align {
                Align::Left => format!("{dashes}-"),
                Align::Right => format!("{dashes}:"),
            }
        });
        let rule = format!("|{}|", rule.collect::<Vec<_>>().join("|"));
        let mut lines = trimmed(&table);
        // The library's own rule does not say on which side a column stands.
        if let Some(line) = lines.get_mut(1) {
            *line = rule;
        }
        lines
    }

    fn table(&self, ink: Ink) -> Table {
        let marked: Vec<bool> = (0..self.columns.len())
            .map(|index| self.rows.iter().any(|row| row[index].mark.is_some()))
            .collect();
        let mut table = Table::new();
        // The width and the colour are the caller's decision, so the library must not look for a terminal.
        table
            .load_style(NOTHING)
            .force_no_tty()
            .set_content_arrangement(ContentArrangement::Disabled);
        if ink == Ink::Color {
            table.enforce_styling();
            table.style_text_only();
        }
        if self.columns.iter().any(|column| !column.title.is_empty()) {
            table.set_header(self.columns.iter().zip(&marked).map(|(column, marked)| {
                aligned(&column.title, None, column.align, *marked).add_attribute(Attribute::Bold)
            }));
        }
        for row in &self.rows {
            let cells = row.iter().zip(&self.columns).zip(&marked);
            let mut cells: Row = cells
                .map(|((shown, column), marked)| {
                    let cell = aligned(&shown.text, shown.mark, column.align, *marked);
                    toned(cell, shown.tone)
                })
                .collect::<Vec<_>>()
                .into();
            cells.max_height(1);
            table.add_row(cells);
        }
        for column in table.column_iter_mut() {
            column.set_padding((0, GAP));
        }
        table
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Ink {
    None,
    Color,
}

/// A blank takes the place of the mark where other cells of the column have one, so that the digits stay in line.
fn aligned(text: &str, mark: Option<char>, align: Align, marked: bool) -> Cell {
    let text = match (mark, align) {
        (Some(mark), _) => format!("{text}{mark}"),
        (None, Align::Right) if marked => format!("{text} "),
        (None, _) => text.to_owned(),
    };
    Cell::new_owned(text).set_alignment(match align {
        Align::Left => CellAlignment::Left,
        Align::Right => CellAlignment::Right,
    })
}

fn toned(cell: Cell, tone: Tone) -> Cell {
    match tone {
        Tone::Plain => cell,
        Tone::Dim => cell.add_attribute(Attribute::Dim),
        Tone::Strong => cell.add_attribute(Attribute::Bold),
        Tone::Good => cell.fg(Color::Green),
        Tone::Bad => cell.fg(Color::Red),
        Tone::Care => cell.fg(Color::Yellow),
    }
}

fn trimmed(table: &Table) -> Vec<String> {
    table
        .lines()
        .map(|line| line.trim_end().to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(names: &[&str], cap: Option<u16>) -> Grid {
        let mut text = Column::new("name", Align::Left);
        text.cap = cap;
        let number = Column::new("n", Align::Right);
        let row = |name: &&str| vec![Shown::plain(name), Shown::plain("1")];
        Grid::new(vec![text, number], names.iter().map(row).collect())
    }

    #[test]
    fn wide_characters_count_as_two() {
        let lines = grid(&["日本", "abcd", "né"], None).lines(false);
        assert_eq!(lines, ["name  n", "日本  1", "abcd  1", "né    1"]);
    }

    #[test]
    fn long_text_ends_in_an_ellipsis() {
        let grid = grid(&["a very long name indeed", "short"], Some(12));
        assert_eq!(grid.widths(), [12, 1]);
        assert_eq!(
            grid.lines(false),
            ["name          n", "a very long…  1", "short         1"]
        );
    }

    #[test]
    fn text_one_longer_than_the_cap_is_cut_too() {
        let lines = grid(&["abcdefghi"], Some(8)).lines(false);
        assert_eq!(lines[1], "abcdefg…  1");
    }

    #[test]
    fn wrapped_text_loses_nothing() {
        let columns = vec![Column::new("", Align::Left), Column::new("", Align::Left)];
        let rows = vec![vec![Shown::plain("key"), Shown::plain("one two three")]];
        assert_eq!(
            Grid::new(columns, rows).wrapped(Some(14), false),
            ["key  one two", "     three"]
        );
    }

    #[test]
    fn digits_stay_in_line_beside_a_mark() {
        let mut marked = Shown::plain("10");
        marked.mark = Some('~');
        let grid = Grid::new(
            vec![Column::new("x", Align::Right)],
            vec![vec![marked], vec![Shown::plain("9")]],
        );
        assert_eq!(grid.lines(false), [" x", "10~", " 9"]);
    }

    #[test]
    fn colour_is_used_only_when_wanted() {
        let grid = Grid::new(
            vec![Column::new("x", Align::Right)],
            vec![vec![Shown::new("1", Tone::Bad)]],
        );
        assert!(!grid.lines(false).concat().contains('\u{1b}'));
        assert!(grid.lines(true).concat().contains('\u{1b}'));
    }
}
