//! Historical volatility by the broker's recipe: the sample deviation of simple daily returns over a year of 252
//! sessions.
//!
//! See `docs/reference/tastytrade-rest.md`, "7.1 `GET /market-metrics`".

/// Sessions in a year.
const SESSIONS_PER_YEAR: f64 = 252.0;

/// Returns in the windows that the broker names after 30, 60 and 90 calendar days.
pub(super) const RETURNS: [usize; 3] = [22, 44, 66];

/// Percent points a year of the last `returns` daily returns, closes oldest first; `None` with too few closes, or fewer than
/// two returns.
pub(super) fn historical_volatility(closes: &[f64], returns: usize) -> Option<f64> {
    let window = &closes[closes.len().checked_sub(returns + 1)?..];
    // Welford's recurrence: the mean and the squares around it, close by close.
    let (mut count, mut mean, mut squares) = (0.0, 0.0, 0.0);
    for pair in window.windows(2) {
        let daily = (pair[1] - pair[0]) / pair[0];
        count += 1.0;
        let before = daily - mean;
        mean += before / count;
        squares += before * (daily - mean);
    }
    (count >= 2.0).then(|| (squares / (count - 1.0) * SESSIONS_PER_YEAR).sqrt() * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Closes from 2023-03-02 to 2023-06-06, the last 67 sessions before the broker published the figures below.
    const AAPL: [f64; 67] = [
        145.91, 151.03, 153.83, 151.60, 152.87, 150.59, 148.50, 150.47, 152.59, 152.99, 155.85,
        155.00, 157.40, 159.28, 157.83, 158.93, 160.25, 158.28, 157.65, 160.77, 162.36, 164.90,
        166.17, 165.63, 163.76, 164.66, 162.03, 160.80, 160.10, 165.56, 165.21, 165.23, 166.47,
        167.63, 166.65, 165.02, 165.33, 163.77, 163.76, 168.41, 169.68, 169.59, 168.54, 167.45,
        165.79, 173.57, 173.50, 171.77, 173.56, 173.75, 172.57, 172.07, 172.07, 172.69, 175.05,
        175.16, 174.20, 171.56, 171.84, 172.99, 175.43, 177.30, 177.25, 180.09, 180.95, 179.58,
        179.21,
    ];
    const TSLA: [f64; 67] = [
        190.90, 197.79, 193.81, 187.71, 182.00, 172.92, 173.44, 174.48, 183.26, 180.45, 184.13,
        180.13, 183.25, 197.58, 191.15, 192.22, 190.41, 191.81, 189.19, 193.88, 195.28, 207.46,
        194.77, 192.58, 185.52, 185.06, 184.51, 186.79, 180.54, 185.90, 185.00, 187.04, 184.31,
        180.59, 162.99, 165.08, 162.55, 160.67, 153.75, 160.19, 164.31, 161.83, 160.31, 160.61,
        161.20, 170.06, 171.79, 169.15, 168.54, 172.08, 167.98, 166.35, 166.52, 173.86, 176.89,
        180.14, 188.87, 185.77, 182.90, 184.47, 193.17, 201.16, 203.93, 207.52, 213.97, 217.61,
        221.31,
    ];

    #[test]
    fn the_figures_that_the_broker_published_come_out() {
        // To two decimals as published on 2023-06-07, to four as computed from closes before they were rounded to cents.
        for (closes, published, precise) in [
            (
                &AAPL,
                ["20.02", "19.55", "20.24"],
                [20.0169, 19.5512, 20.2364],
            ),
            (
                &TSLA,
                ["36.63", "44.98", "48.42"],
                [36.6256, 44.9849, 48.4208],
            ),
        ] {
            for ((returns, published), precise) in RETURNS.into_iter().zip(published).zip(precise) {
                let percent = historical_volatility(closes, returns).unwrap();
                assert_eq!(format!("{percent:.2}"), published);
                let off: f64 = percent - precise;
                assert!(off.abs() < 1e-4, "{percent} {precise}");
            }
        }
    }

    #[test]
    fn a_window_is_never_shortened() {
        assert!(historical_volatility(&AAPL[..23], 22).is_some());
        assert_eq!(historical_volatility(&AAPL[..22], 22), None);
        assert_eq!(historical_volatility(&AAPL[..2], 1), None);
        assert_eq!(historical_volatility(&[], 22), None);
    }
}
