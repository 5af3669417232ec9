//! Drops the values that nothing can reach any more, while a pickle is read piece by piece.

use super::machine::Machine;
use super::{Node, NodeId};

impl Machine<'_> {
    /// Keeps what the stack and the memo reach, and gives it new ids; returns how many values stay.
    pub(super) fn collect(&mut self) -> usize {
        let live = self.live();
        let mut next = 0;
        let place = |live: &bool| {
            next += u32::from(*live);
            NodeId(next.saturating_sub(1))
        };
        let places: Vec<NodeId> = live.iter().map(place).collect();
        let mut is_live = live.iter();
        self.pickle.nodes.retain(|_| is_live.next() == Some(&true));
        let mut renumber = |id: &mut NodeId| *id = places[id.index()];
        self.pickle.nodes.iter_mut().for_each(|node| node.each_id(&mut renumber));
        self.stack.iter_mut().for_each(&mut renumber);
        self.kept.iter_mut().flat_map(|kept| kept.prune()).for_each(renumber);
        self.pickle.nodes.len()
    }

    /// How many bytes the values take beside their places in the arena.
    pub(super) fn bytes_alive(&self) -> usize {
        self.pickle.nodes.iter().map(Node::bytes_apart).sum()
    }

    /// Tells for each value whether the stack or the memo reaches it.
    fn live(&mut self) -> Vec<bool> {
        let mut live = vec![false; self.pickle.nodes.len()];
        let mut open = self.stack.clone();
        open.extend(self.kept.iter_mut().flat_map(|kept| kept.prune()).map(|id| *id));
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut live[id.index()], true) {
                self.pickle.nodes[id.index()].each_id(&mut |id| open.push(*id));
            }
        }
        live
    }
}

impl Node {
    /// How many bytes the value takes beside its place in the arena.
    fn bytes_apart(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) | Self::BigInt(bytes) => bytes.len(),
            Self::List(ids) | Self::Set(ids) => size_of_val(ids.as_slice()),
            Self::Tuple(ids) => size_of_val(&**ids),
            Self::Dict(pairs) => size_of_val(pairs.as_slice()),
            Self::Array(array) => array.bytes_apart(),
            _ => 0,
        }
    }

    fn each_id(&mut self, each: &mut impl FnMut(&mut NodeId)) {
        match self {
            Self::None | Self::Bool(_) | Self::Int(_) | Self::BigInt(_) => {}
            Self::Float(_) | Self::Text(_) | Self::Bytes(_) => {}
            Self::List(ids) | Self::Set(ids) => ids.iter_mut().for_each(each),
            Self::Tuple(ids) => ids.iter_mut().for_each(each),
            Self::Dict(pairs) => {
                pairs.iter_mut().for_each(|(key, value)| [key, value].into_iter().for_each(&mut *each))
            }
            Self::Array(array) => array.objects_mut().iter_mut().for_each(each),
            Self::Global { module, name, .. } => [module, name].into_iter().for_each(each),
            Self::Persistent(id) => each(id),
            Self::Object { callable, args, state } => {
                [callable, args].into_iter().chain(state).for_each(each);
            }
        }
    }
}
