//! Flags, environment and files, resolved into one [`Settings`] in which every value knows its [`SettingOrigin`].
//!
//! The table in [`keys`] is the single list of what can be set; it drives file reading, the `VOLQ_*` variables,
//! `config show` and the template of `config init`. [`resolve()`] is pure: [`env`](mod@env) alone looks at the process
//! environment and [`load()`] alone reads files. This room knows no command and asks no terminal; of providers it knows
//! the names and which are switched off.

pub mod choice;
pub mod credentials;
pub mod duration;
pub mod endpoint;
pub mod env;
pub mod env_file;
pub mod error;
pub mod field_selection;
pub mod file;
pub mod keys;
pub mod layer;
pub mod load;
pub mod origin;
pub mod profile;
pub mod resolve;
pub mod setting;
pub mod warning;

pub use choice::{ColorChoice, HvWindows, Providers};
pub use duration::parse_duration;
pub use endpoint::{StreamUrl, WebUrl};
pub use env::Environment;
pub use error::SettingsError;
pub use field_selection::FieldSelection;
pub use keys::{Cache, Dxlink, History, Key, Legacy, Output, Rest, Run};
pub use layer::Layer;
pub use load::{Files, config_path, load};
pub use origin::SettingOrigin;
pub use resolve::{Entry, Settings, resolve};
pub use warning::SettingsWarning;
