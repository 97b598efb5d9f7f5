//! Which future and which option to listen for: both have names that only the broker knows.

use jiff::civil::Date;

use super::run::Input;
use super::window::Window;
use crate::clock::new_york_date;
use crate::model::instrument::FutureContract;
use crate::model::{Expiration, OptionChain, Provider, StreamerSymbol, Symbol};
use crate::provider::Account;

/// The product that stands for all futures.
const PRODUCT: &str = "ES";

/// Its continuous contract, which a stream knows without anybody being asked.
const CONTINUOUS: &str = "/ES:XCME";

/// Names on the stream, or why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Subjects {
    pub(super) future: Result<StreamerSymbol, String>,
    pub(super) option: Result<StreamerSymbol, String>,
}

/// Looks both up; `price` is one of SPY, if any is known.
pub(super) async fn look_up(
    input: &Input<'_>,
    account: Option<&Account>,
    price: Option<f64>,
    window: &Window<'_>,
) -> Subjects {
    let today = new_york_date(input.sources.clock.now());
    let has_rest = input.sources.ranking.uses(Provider::Rest);
    let option = async {
        match account {
            _ if !has_rest => Err("needs REST for the option chain".to_owned()),
            None => Err("needs oauth for the option chain".to_owned()),
            Some(account) => option(account, price, today, window).await,
        }
    };
    let (future, option) = tokio::join!(future(account, today, window), Box::pin(option));
    Subjects {
        future: Ok(future.unwrap_or_else(|| StreamerSymbol::new(CONTINUOUS))),
        option,
    }
}

/// The active contract, as `quote` resolves a root.
async fn future(
    account: Option<&Account>,
    today: Date,
    window: &Window<'_>,
) -> Option<StreamerSymbol> {
    let listed = account?.client.futures(&[PRODUCT], window.deadline());
    let (listed, _) = window.ask(Box::pin(listed)).await?;
    FutureContract::active(&listed.ok()?, PRODUCT, today)?
        .streamer
        .clone()
}

async fn option(
    account: &Account,
    price: Option<f64>,
    today: Date,
    window: &Window<'_>,
) -> Result<StreamerSymbol, String> {
    let spy = Symbol::spy();
    let chain = account.client.option_chain(&spy, window.deadline());
    match window.ask(Box::pin(chain)).await {
        None => Err("interrupted".to_owned()),
        Some((Err(error), _)) => Err(format!("no option chain: {error}")),
        Some((Ok(chain), _)) => nearest(&chain, price, today)
            .ok_or_else(|| "the option chain has no strike that the stream knows".to_owned()),
    }
}

/// A call of the next expiration, since those of today have hardly any greeks left: the one at the money, or the one in
/// the middle where no price tells where the money is.
fn nearest(chain: &OptionChain, price: Option<f64>, today: Date) -> Option<StreamerSymbol> {
    let calls = chain
        .expirations
        .iter()
        .filter(|expiration| expiration.date > today)
        .map(calls)
        .find(|calls| !calls.is_empty())?;
    let (_, name) = match price {
        None => calls.get(calls.len() / 2)?,
        Some(price) => calls
            .iter()
            .min_by(|(a, _), (b, _)| (a - price).abs().total_cmp(&(b - price).abs()))?,
    };
    Some((*name).clone())
}

/// Strikes and names of the calls that the stream knows.
fn calls(expiration: &Expiration) -> Vec<(f64, &StreamerSymbol)> {
    let pairs = expiration.strikes.iter();
    pairs
        .filter_map(|pair| Some((pair.strike.price(), pair.call_streamer.as_ref()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::super::test_support::TestSetup;
    use super::*;
    use crate::model::{Strike, StrikePair};
    use crate::net::responder::{Responder, reply};

    const FUTURES: &str = include_str!("../../fixtures/http_tastytrade_futures.json");
    const CHAIN: &str = include_str!("../../fixtures/http_tastytrade_option_chain.json");

    async fn looked_up(price: Option<f64>) -> Subjects {
        let server = Responder::answering(|request, _| {
            let is_chain = request.starts_with("GET /option-chains/SPY/nested");
            let body = if is_chain { CHAIN } else { FUTURES };
            Some(reply(200, "application/json", body))
        })
        .await;
        let setup = TestSetup::logged_in(&server.url(""));
        let input = setup.input();
        look_up(
            &input,
            input.sources.account.as_ref().ok(),
            price,
            &setup.window(),
        )
        .await
    }

    #[tokio::test]
    async fn the_active_contract_and_the_call_at_the_money_are_listened_for() {
        let subjects = looked_up(Some(6001.0)).await;
        assert_eq!(subjects.future.unwrap().as_str(), "/ESH27:XCME");
        let option = subjects.option.unwrap();
        assert!(option.as_str().starts_with(".SPX"), "{option}");
    }

    #[tokio::test]
    async fn without_a_login_a_continuous_future_is_listened_for() {
        let setup = TestSetup::new("http://127.0.0.1:1");
        let subjects = look_up(&setup.input(), None, Some(600.0), &setup.window()).await;
        assert_eq!(subjects.future.unwrap().as_str(), "/ES:XCME");
        assert_eq!(
            subjects.option.unwrap_err(),
            "needs oauth for the option chain"
        );
    }

    fn listed(date: Date, strikes: &[&str]) -> Expiration {
        let pair = |strike: &&str| StrikePair {
            strike: Strike::parse(strike).unwrap(),
            call: Symbol::spy(),
            call_streamer: Some(StreamerSymbol::new(&format!(".SPY{}C{strike}", date.day()))),
            put: Symbol::spy(),
            put_streamer: None,
        };
        Expiration {
            root: "SPY".to_owned(),
            date,
            kind: "Weekly".to_owned(),
            settlement: "PM".to_owned(),
            strikes: strikes.iter().map(pair).collect(),
        }
    }

    #[test]
    fn an_expiration_of_today_is_passed_over_and_the_middle_stands_for_the_money() {
        let today = date(2026, 11, 20);
        let mut chain = OptionChain {
            underlying: Symbol::spy(),
            expirations: vec![listed(today, &["600"])],
        };
        assert_eq!(nearest(&chain, Some(600.0), today), None);
        let tomorrow = listed(date(2026, 11, 21), &["100", "590", "600", "610"]);
        chain.expirations.push(tomorrow);
        for (price, call) in [
            (Some(604.0), ".SPY21C600"),
            (Some(9.0), ".SPY21C100"),
            (None, ".SPY21C600"),
        ] {
            assert_eq!(nearest(&chain, price, today).unwrap().as_str(), call);
        }
    }
}
