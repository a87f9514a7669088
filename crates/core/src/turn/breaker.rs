//! When a reviewer's refusals stop a turn (`safety.md §9`): an agent that keeps asking for what it may not do is not
//! left to find a way around. Pure.

use std::collections::VecDeque;

use codex_config::CircuitBreak;

const IN_A_ROW_MAX: usize = 3;
const OF_RECENT_MAX: usize = 10;
const RECENT: usize = 50;

/// The refusals of one turn.
#[derive(Debug)]
pub(crate) struct Breaker {
    rule: CircuitBreak,
    in_a_row: usize,
    recent: VecDeque<Review>,
}

/// How a review ended, as far as the breaker cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Review {
    /// Approved.
    Approved,
    /// Denied.
    Denied,
}

impl Breaker {
    pub(crate) fn new(rule: CircuitBreak) -> Self {
        Self { rule, in_a_row: 0, recent: VecDeque::new() }
    }

    /// Counts a review; some words say why the turn has to end.
    pub(crate) fn count(&mut self, review: Review) -> Option<String> {
        if self.recent.len() == RECENT {
            self.recent.pop_front();
        }
        self.recent.push_back(review);
        if review == Review::Approved {
            self.in_a_row = 0;
            return None;
        }
        self.in_a_row += 1;
        let denied = self.recent.iter().filter(|review| **review == Review::Denied).count();
        let why = match self.rule {
            CircuitBreak::AtOnce => "The reviewer denied an action".to_owned(),
            CircuitBreak::AfterSeveral if self.in_a_row >= IN_A_ROW_MAX => {
                format!("The reviewer denied {} actions in a row", self.in_a_row)
            }
            CircuitBreak::AfterSeveral if denied >= OF_RECENT_MAX => {
                format!("The reviewer denied {denied} of the last {} actions", self.recent.len())
            }
            CircuitBreak::AfterSeveral => return None,
        };
        Some(format!("{why}; the turn was stopped. Say how to go on, or allow the action yourself."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trips_at(rule: CircuitBreak, reviews: impl IntoIterator<Item = Review>) -> Option<usize> {
        let mut breaker = Breaker::new(rule);
        reviews.into_iter().position(|review| breaker.count(review).is_some())
    }

    // covers: safety S29
    #[test]
    fn three_in_a_row_or_ten_of_fifty_are_enough() {
        use Review::{Approved, Denied};
        let several = CircuitBreak::AfterSeveral;
        assert_eq!(trips_at(several, [Denied, Denied, Denied]), Some(2));
        assert_eq!(trips_at(several, [Denied, Denied, Approved, Denied, Denied, Approved]), None);
        let one_of_two = || std::iter::repeat_n([Approved, Denied], 100).flatten();
        assert_eq!(trips_at(several, one_of_two()), Some(19));
        let one_of_six = std::iter::repeat_n([Approved, Approved, Approved, Approved, Approved, Denied], 20);
        assert_eq!(trips_at(several, one_of_six.flatten()), None, "fifty hold eight or nine");
        assert_eq!(trips_at(CircuitBreak::AtOnce, [Approved, Denied]), Some(1));
    }
}
