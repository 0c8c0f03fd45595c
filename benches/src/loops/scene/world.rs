//! What a host can not choose: how much of the truth reaches it.

use super::dice::Dice;

/// Our own account where the host has not named it.
pub const UNNAMED: &str = "acme-automation";

/// Drawn once per story.
#[derive(Debug, Clone)]
pub struct World {
    /// Percent of our messages that still carry our token when they come back.
    pub token_survives: u64,
    /// The platform shows our own account as a person, because it uses a personal token.
    pub own_seen_as_person: bool,
    /// The name under which our own account appears: `self` where the host has named it.
    pub own_name: String,
    /// Percent of our effects whose receipt comes later than what they bring about.
    pub receipts_late: u64,
    /// Percent of our effects whose receipt never comes.
    pub receipts_lost: u64,
    /// Percent of our own messages that are delivered to us again, where a story leaves it open.
    pub echoes: u64,
    /// Percent of our effects beside which something unrelated goes on.
    pub noise: u64,
    /// Percent of bots and apps that the platform shows as something else.
    pub misread: u64,
    /// The host says which value it writes, not only which property.
    pub says_values: bool,
    /// States come as a property and a value, not as one text.
    pub splits_states: bool,
}

impl World {
    /// The world of one story.
    pub fn draw(dice: &Dice) -> Self {
        let token_survives = match dice.between(1, 100) {
            ..=60 => 100,
            61..=75 => 60,
            _ => 0,
        };
        let (receipts_late, receipts_lost) = dice.pick(&[(0, 0), (0, 0), (40, 0), (0, 30), (30, 10), (100, 0)]);
        Self {
            token_survives,
            own_seen_as_person: dice.chance(20),
            own_name: if dice.chance(15) { UNNAMED } else { "self" }.to_owned(),
            receipts_late,
            receipts_lost,
            echoes: dice.pick(&[100, 100, 50, 0]),
            noise: dice.pick(&[0, 0, 10, 30]),
            misread: dice.pick(&[0, 0, 0, 15]),
            says_values: dice.chance(60),
            splits_states: dice.chance(30),
        }
    }
}
