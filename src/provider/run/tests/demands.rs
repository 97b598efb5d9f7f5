//! Which demand makes which requests and subscriptions, and no others.

use std::collections::BTreeSet;

use super::super::test_support::{
    Answers, Setup, Stream, TestRun, columns_question, question, stocks,
};
use crate::model::instrument::InstrumentClass;
use crate::model::{Command, Cost, Field, FieldSet, Provider};

use Provider::{Dxlink, Legacy, Rest};

/// The table's columns of `volq quote`, without those that are read off the symbol.
const TABLE: &str =
    "symbol bid ask last chg_pct iv ivr ivp hv30 hv90 vrp liq earnings_days volume age basis mark";

/// The columns of `volq greeks` and its core, of an option.
const OPTION: &str = "symbol expiration dte strike right bid ask mark iv delta gamma theta vega rho volume open_interest";

/// Which requests make up for a demand.
struct Demand {
    about: &'static str,
    setup: Setup,
    answers: Answers,
    symbols: &'static str,
    fields: &'static str,
    /// Every request that is made, with its symbols in alphabetical order, separated by commas.
    asked: &'static str,
}

fn demand(
    about: &'static str,
    symbols: &'static str,
    fields: &'static str,
    asked: &'static str,
) -> Demand {
    Demand {
        about,
        setup: Setup::default(),
        answers: Answers::default(),
        symbols,
        fields,
        asked,
    }
}

impl Demand {
    fn of(self, order: &[Provider]) -> Self {
        Self {
            setup: Setup::providers(order),
            ..self
        }
    }

    fn without_account(self) -> Self {
        Self {
            setup: self.setup.without_account(),
            ..self
        }
    }

    fn with_open_stream(self) -> Self {
        Self {
            setup: self.setup.with_open_stream(),
            ..self
        }
    }

    fn when(self, answers: Answers) -> Self {
        Self { answers, ..self }
    }

    #[track_caller]
    fn check(self) {
        let mut run = TestRun::new(self.setup, self.answers);
        run.round(self.symbols, self.fields);
        let asked = self.asked.split(", ").filter(|line| !line.is_empty());
        let expected: BTreeSet<String> = asked.map(str::to_owned).collect();
        assert_eq!(run.asked(), expected, "{}", self.about);
    }
}

#[test]
fn stocks_cost_what_their_fields_need() {
    let demands = [
        demand(
            "rank alone opens no stream",
            "SPY QQQ",
            "symbol ivr",
            "login, metrics QQQ SPY",
        ),
        demand("the symbol alone asks nobody", "SPY", "symbol", ""),
        demand(
            "bid and ask",
            "SPY",
            "symbol bid ask",
            "login, open, Quote SPY, by-type SPY",
        ),
        demand(
            "the last price",
            "SPY",
            "last",
            "login, open, Trade SPY, by-type SPY",
        ),
        demand(
            "the day's range",
            "SPY",
            "high low",
            "login, open, Summary SPY, by-type SPY",
        ),
        demand(
            "a halt",
            "SPY",
            "halted",
            "login, open, Profile SPY, by-type SPY",
        ),
        demand(
            "what the mark is computed from",
            "SPY",
            "price",
            "login, open, Quote SPY, Trade SPY, by-type SPY",
        ),
        demand(
            "the spread needs no trade",
            "SPY",
            "spread_pct",
            "login, open, Quote SPY, by-type SPY",
        ),
        demand(
            "a premium is made of metrics",
            "SPY",
            "vrp",
            "login, metrics SPY",
        ),
        demand(
            "an expected move needs a price",
            "SPY",
            "exp_move",
            "login, open, metrics SPY, Quote SPY, Trade SPY, by-type SPY",
        ),
        demand(
            "a name is the stream's",
            "SPY",
            "name",
            "login, open, Profile SPY",
        ),
        demand(
            "the kind of instrument is REST's alone",
            "SPY",
            "instrument",
            "login, equities SPY",
        ),
        demand(
            "volumes of puts and calls",
            "SPY",
            "put_call",
            "login, open, Underlying SPY",
        ),
        demand(
            "a window that nobody publishes",
            "SPY",
            "hv20",
            "login, open, candles SPY",
        ),
        demand(
            "a window that REST has",
            "SPY QQQ",
            "hv30",
            "login, metrics QQQ SPY",
        ),
        demand(
            "the sector of companies",
            "AAPL",
            "sector",
            "login, metrics AAPL",
        ),
    ];
    for demand in demands {
        demand.check();
    }
}

#[test]
fn what_one_leaves_open_the_next_is_asked_about_that_symbol_alone() {
    let lacks_hv30 = || Answers::default().metrics_lack("SPY", &[Field::Hv30]);
    let demands = [
        demand(
            "candles of the one without",
            "SPY QQQ",
            "hv30",
            "login, metrics QQQ SPY, open, candles SPY",
        )
        .when(lacks_hv30()),
        demand(
            "but no chart where the history is young: it is not longer there",
            "SPY QQQ",
            "hv30",
            "login, metrics QQQ SPY, open, candles SPY",
        )
        .when(Answers {
            bars: Some(10),
            ..lacks_hv30()
        }),
        demand(
            "and its chart if there are none",
            "SPY QQQ",
            "hv30",
            "login, metrics QQQ SPY, open, candles SPY, chart SPY",
        )
        .when(Answers {
            bars: Some(0),
            ..lacks_hv30()
        }),
        demand(
            "the stream's volatility",
            "SPY QQQ",
            "iv",
            "login, metrics QQQ SPY, open, Underlying SPY",
        )
        .when(Answers::default().metrics_lack("SPY", &[Field::Iv])),
        demand(
            "whether it is a fund",
            "SPY AAPL",
            "sector",
            "login, metrics AAPL SPY, equities SPY",
        )
        .when(Answers {
            class: InstrumentClass::Etf,
            ..Answers::default().metrics_lack("SPY", &[Field::Sector])
        }),
        demand(
            "whether it reports earnings",
            "SPY AAPL",
            "earnings_days",
            "login, metrics AAPL SPY, equities SPY",
        )
        .when(Answers {
            class: InstrumentClass::Etf,
            ..Answers::default().metrics_lack("SPY", &[Field::EarningsDate])
        }),
        demand(
            "a name that the stream lacks",
            "SPY",
            "name",
            "login, open, Profile SPY, equities SPY",
        )
        .when(Answers {
            stream_fields: FieldSet::EMPTY,
            ..Answers::default()
        }),
        demand(
            "a chart where the stream fails",
            "SPY",
            "hv20",
            "login, open, candles SPY, chart SPY",
        )
        .when(Answers {
            stream: Stream::Fails,
            ..Answers::default()
        }),
    ];
    for demand in demands {
        demand.check();
    }
}

#[test]
fn every_kind_of_symbol_is_asked_in_its_own_way() {
    let demands = [
        demand(
            "an option",
            ".SPY261218C600",
            OPTION,
            "login, open, Greeks .SPY261218C600, Quote .SPY261218C600, Summary .SPY261218C600, Trade .SPY261218C600, by-type SPY   261218C00600000",
        ),
        demand(
            "greeks alone",
            ".SPY261218C600",
            "delta",
            "login, open, Greeks .SPY261218C600, by-type SPY   261218C00600000",
        ),
        demand(
            "an option's last price",
            ".SPY261218C600",
            "symbol last",
            "login, open, Trade .SPY261218C600, by-type SPY   261218C00600000",
        ),
        demand(
            "what an option's symbol tells",
            ".SPY261218C600",
            "expiration dte strike right instrument",
            "",
        ),
        demand(
            "a root has the price of its contract",
            "/ES",
            "bid ask",
            "login, futures ES, open, Quote /ESZ26:XCME, by-type /ESZ6",
        ),
        demand(
            "and its own metrics",
            "/ES",
            "symbol ivr",
            "login, metrics /ES",
        ),
        demand(
            "a contract's bars where its root has no history",
            "/ES",
            "symbol hv30",
            "login, metrics /ES, futures ES, open, candles /ESZ26:XCME",
        )
        .when(Answers::default().metrics_lack("/ES", &[Field::Hv30])),
        demand(
            "as its contracts have",
            "/ESZ6",
            "ivr hv30",
            "login, metrics /ES",
        ),
        demand(
            "a contract's bars",
            "/ES",
            "hv20",
            "login, futures ES, open, candles /ESZ26:XCME",
        ),
        demand(
            "an index has no quote",
            "SPX",
            "bid ask last",
            "login, open, Trade SPX, by-type SPX",
        ),
        demand(
            "a pair has no volatility",
            "BTC/USD",
            "bid iv ivr hv30",
            "login, open, Quote BTC/USD:CXTALP, by-type BTC/USD",
        ),
        demand("what makes no sense is not asked", "/ES", "beta sector", ""),
    ];
    for demand in demands {
        demand.check();
    }
}

#[test]
fn providers_are_asked_in_the_users_order() {
    let demands = [
        demand(
            "the stream alone",
            "SPY",
            "symbol bid ask",
            "login, open, Quote SPY",
        )
        .of(&[Dxlink]),
        demand("the stream alone has no rank", "SPY", "ivr", "").of(&[Dxlink]),
        demand(
            "its volatility is its own",
            "SPY",
            "iv",
            "login, open, Underlying SPY",
        )
        .of(&[Dxlink]),
        demand("its history too", "SPY", "hv30", "login, open, candles SPY").of(&[Dxlink]),
        demand(
            "a root's contract is looked up for it",
            "/ES",
            "bid",
            "login, futures ES, open, Quote /ESZ26:XCME",
        )
        .of(&[Dxlink]),
        demand(
            "REST alone",
            "SPY",
            "bid ask iv name",
            "login, metrics SPY, by-type SPY, equities SPY",
        )
        .of(&[Rest]),
        demand("the chart alone", "SPY", "last hv30", "chart SPY").of(&[Legacy]),
        demand("the chart alone has no bid", "SPY", "bid ivr", "").of(&[Legacy]),
        demand(
            "the day's range is the chart's too",
            "SPY",
            "high",
            "chart SPY",
        )
        .of(&[Legacy]),
        demand(
            "REST before the stream",
            "SPY",
            "bid hv30",
            "login, metrics SPY, by-type SPY",
        )
        .of(&[Rest, Dxlink]),
        demand(
            "the stream after REST",
            "SPY QQQ",
            "bid hv30",
            "login, metrics QQQ SPY, by-type QQQ SPY, open, candles SPY",
        )
        .of(&[Rest, Dxlink])
        .when(Answers::default().metrics_lack("SPY", &[Field::Hv30])),
        demand(
            "the chart first",
            "SPY",
            "last bid",
            "chart SPY, login, open, Quote SPY, by-type SPY",
        )
        .of(&[Legacy, Dxlink, Rest]),
    ];
    for demand in demands {
        demand.check();
    }
}

#[test]
fn without_an_account_only_what_needs_none_is_asked() {
    let demands = [
        demand("the chart", "SPY", "bid last iv hv30", "chart SPY").without_account(),
        demand("nobody", "SPY", "ivr", "").without_account(),
        demand("a name is the chart's as well", "SPY", "name", "chart SPY").without_account(),
        demand("nobody but the account is allowed", "SPY", "bid", "")
            .of(&[Dxlink, Rest])
            .without_account(),
        demand("an open stream", "SPY", "bid", "open, Quote SPY")
            .of(&[Dxlink])
            .without_account()
            .with_open_stream(),
        demand(
            "its continuous contract",
            "/ES",
            "bid",
            "open, Quote /ES:XCME",
        )
        .of(&[Dxlink])
        .without_account()
        .with_open_stream(),
    ];
    for demand in demands {
        demand.check();
    }
}

#[test]
fn a_tables_columns_cost_one_request_per_endpoint_and_three_event_types() {
    let mut run = TestRun::new(Setup::default(), Answers::default());
    run.answer(columns_question("SPY QQQ", TABLE));
    let expected = [
        "login",
        "open",
        "metrics QQQ SPY",
        "by-type QQQ SPY",
        "Quote QQQ SPY",
        "Trade QQQ SPY",
        "Summary QQQ SPY",
    ];
    assert_eq!(run.asked(), expected.map(str::to_owned).into());
}

#[test]
fn a_machine_formats_columns_cost_one_event_type_more() {
    let fields = Command::Quote.fields();
    let usual = fields.filter(|field| field.info().cost == Cost::Usual);
    let names: Vec<&str> = usual.map(Field::name).collect();
    let mut run = TestRun::new(Setup::default(), Answers::default());
    run.answer(columns_question("SPY", &names.join(" ")));
    let expected = [
        "login",
        "open",
        "metrics SPY",
        "by-type SPY",
        "Quote SPY",
        "Trade SPY",
        "Summary SPY",
        "Profile SPY",
    ];
    assert_eq!(run.asked(), expected.map(str::to_owned).into());
}

#[test]
fn quotes_of_rest_are_asked_at_once_if_they_fit_one_request_and_else_for_gaps() {
    let silent = "XYAAA";
    let answers = Answers::default().silent_about(silent);
    let mut fits = TestRun::new(Setup::default(), answers.clone());
    fits.round(&stocks(100), "bid ask");
    assert_eq!(fits.names("by-type").len(), 100);
    let asked = fits.asked.iter().find(|asked| asked.what == "by-type");
    assert_eq!(asked.unwrap().at, std::time::Duration::ZERO);

    let mut more = TestRun::new(Setup::default(), answers);
    more.round(&stocks(101), "bid ask");
    assert_eq!(more.names("by-type"), [silent]);
}

#[test]
fn an_option_chain_needs_a_login_and_nothing_else() {
    let mut run = TestRun::new(Setup::default(), Answers::default());
    let mut chains = question("", "symbol");
    chains.chains = vec!["SPY".parse().unwrap()];
    run.ask(chains);
    run.until(std::time::Duration::from_secs(1));
    assert_eq!(
        run.asked(),
        ["login", "chain SPY"].map(str::to_owned).into()
    );
}
