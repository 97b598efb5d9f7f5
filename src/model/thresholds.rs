//! The thresholds of a screening profile: one line each with limits and meaning. Which profile demands what is the
//! business of the screening room, where a user sets them that of the settings.

/// What is known of one threshold.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ThresholdInfo {
    /// The name, as in a settings file.
    pub name: &'static str,
    /// The largest sensible limit; the smallest is 0.
    pub max: f64,
    /// What it demands, with its unit.
    pub about: &'static str,
}

macro_rules! thresholds {
    ($($field:ident $max:literal $about:literal;)*) => {
        /// Limits that a row must keep; `None` sets no limit.
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        pub struct Thresholds {
            $(#[doc = $about] pub $field: Option<f64>,)*
        }

        impl Thresholds {
            /// Every threshold, in the order of the documentation.
            pub const ALL: &'static [ThresholdInfo] = &[
                $(ThresholdInfo { name: stringify!($field), max: $max, about: $about },)*
            ];

            /// Thresholds whose limits come from a function of what is known of each.
            ///
            /// # Errors
            /// The first error of the function.
            pub fn try_from_fn<E>(
                mut limit: impl FnMut(&ThresholdInfo) -> Result<Option<f64>, E>,
            ) -> Result<Self, E> {
                let mut rows = Self::ALL.iter();
                Ok(Self {
                    $($field: rows.next().map_or(Ok(None), &mut limit)?,)*
                })
            }

            /// These limits, and where they set none, those of `base`.
            #[must_use]
            pub fn or(self, base: Self) -> Self {
                Self {
                    $($field: self.$field.or(base.$field),)*
                }
            }
        }
    };
}

thresholds! {
    min_vrp 100.0 "smallest iv over hv90, as a ratio";
    min_ivp 100.0 "smallest implied volatility percentile, %";
    min_liq 5.0 "smallest liquidity rating";
    min_price 1_000_000.0 "smallest price, $; futures are exempt";
    max_spread 1000.0 "widest spread of the at-the-money options, % of their mid";
    min_vrp_t 100.0 "smallest iv over hv30, as a ratio";
    min_vtr 100.0 "smallest hv30 over hv90, as a ratio";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_limit_comes_from_the_row_of_its_name() {
        let limits = Thresholds::try_from_fn(|info| Ok::<_, ()>(Some(info.max)));
        let limits = limits.unwrap();
        assert_eq!(limits.min_liq, Some(5.0));
        assert_eq!(limits.max_spread, Some(1000.0));
        let refused = Thresholds::try_from_fn(|info| match info.name {
            "min_vtr" => Err("min_vtr"),
            _ => Ok(None),
        });
        assert_eq!(refused, Err("min_vtr"));
    }

    #[test]
    fn what_is_not_set_comes_from_the_base() {
        let own = Thresholds {
            min_vrp: Some(1.5),
            ..Thresholds::default()
        };
        let base = Thresholds {
            min_vrp: Some(1.0),
            min_ivp: Some(30.0),
            ..Thresholds::default()
        };
        let both = own.or(base);
        assert_eq!((both.min_vrp, both.min_ivp), (Some(1.5), Some(30.0)));
    }
}
