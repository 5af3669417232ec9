//! Which values a pickle remembers for later: a pickle numbers nearly every
//! value it makes, but fetches few of them again, and most of those soon.

use std::collections::HashMap;

use super::NodeId;

/// Is how many numbers a value stays remembered that is fetched only soon after.
const NEAR: usize = 1 << 16;

/// Says which of a pickle's numbered values are fetched again.
#[derive(Debug, Default)]
pub struct Survey {
    fetched: Bits,
    /// Is set where a value is fetched after more than [`NEAR`] others.
    far: Bits,
    next: usize,
}

impl Survey {
    /// Notes that a value is numbered: with the next number if none is given.
    pub(super) fn put(&mut self, index: Option<usize>) {
        self.next = self.next.max(index.unwrap_or(self.next).saturating_add(1));
    }

    /// Notes that a value is fetched; numbers that are not in use are the reader's to refuse.
    pub(super) fn get(&mut self, index: usize) {
        if index < self.next {
            self.fetched.set(index);
            if self.next - index > NEAR {
                self.far.set(index);
            }
        }
    }

    /// Returns the number that the next value gets.
    pub(super) fn next(&self) -> usize {
        self.next
    }
}

/// Remembers the values that are still needed while a pickle is read piece by piece.
pub(super) struct Kept {
    survey: Survey,
    values: HashMap<usize, NodeId>,
    next: usize,
}

impl Kept {
    pub(super) fn new(survey: Survey) -> Self {
        Self { survey, values: HashMap::new(), next: 0 }
    }

    /// Returns the number that the next value gets.
    pub(super) fn next(&self) -> usize {
        self.next
    }

    pub(super) fn put(&mut self, index: usize, id: NodeId) {
        self.next = self.next.max(index + 1);
        if self.survey.fetched.is_set(index) {
            self.values.insert(index, id);
        }
    }

    pub(super) fn get(&self, index: usize) -> Option<NodeId> {
        self.values.get(&index).copied()
    }

    /// Forgets what is not fetched any more, and returns the rest.
    pub(super) fn prune(&mut self) -> impl Iterator<Item = &mut NodeId> {
        let (far, next) = (&self.survey.far, self.next);
        self.values.retain(|&index, _| far.is_set(index) || next - index <= NEAR);
        self.values.values_mut()
    }
}

/// Is a set of small numbers.
#[derive(Debug, Default)]
struct Bits(Vec<u64>);

impl Bits {
    fn set(&mut self, index: usize) {
        let word = index / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        self.0[word] |= 1 << (index % 64);
    }

    fn is_set(&self, index: usize) -> bool {
        self.0.get(index / 64).is_some_and(|word| word >> (index % 64) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_fetched_is_kept_and_only_as_long_as_needed() {
        let mut survey = Survey::default();
        (0..NEAR + 10).for_each(|_| survey.put(None));
        survey.get(3);
        survey.get(NEAR + 5);
        survey.get(usize::MAX);
        let mut kept = Kept::new(survey);
        (0..NEAR + 10).for_each(|index| kept.put(index, NodeId(index as u32)));
        assert_eq!(kept.get(3), Some(NodeId(3)));
        assert_eq!(kept.get(4), None);
        assert_eq!(kept.prune().count(), 2);
        kept.put(3 * NEAR, NodeId(0));
        assert_eq!(kept.prune().count(), 1);
        assert_eq!((kept.get(3), kept.get(NEAR + 5)), (Some(NodeId(3)), None));
    }
}
