//! Turns the calls a pickle asks for into data, or refuses them.

use super::array::{self, Array};
use super::machine::Machine;
use super::{Node, NodeId, PickleError, Result, Value};

impl Machine<'_> {
    /// Makes what calling `callable` with the tuple `args` would have made.
    pub(super) fn call(&mut self, callable: NodeId, args: NodeId) -> Result<Node> {
        self.charge(args)?;
        self.known_call(callable, args).map_err(|error| error.met_at(self.here()))
    }

    fn known_call(&self, callable: NodeId, args: NodeId) -> Result<Node> {
        let function = self.value(callable);
        let &Node::Global { module, name, at } = function.node() else {
            return Err(function.not("a function or a class"));
        };
        let inert = Node::Object { callable, args, state: None };
        let args = self.value(args);
        if !matches!(args.node(), Node::Tuple(_)) {
            return Err(args.not("a tuple of arguments"));
        }
        Ok(match (self.value(module).as_str()?, self.value(name).as_str()?) {
            ("collections", "OrderedDict") => ordered_dict(args)?,
            ("collections", "defaultdict") => Node::Dict(Vec::new()),
            ("builtins" | "__builtin__", "set" | "frozenset") => set(args)?,
            ("builtins" | "__builtin__", "bytes") if args.ids()?.is_empty() => Node::Bytes(Box::default()),
            ("_codecs", "encode") => latin1(args)?,
            ("numpy", "dtype" | "ndarray") => inert,
            ("numpy.core.multiarray" | "numpy._core.multiarray", "scalar") => array::scalar(args)?.unwrap_or(inert),
            ("numpy.core.multiarray" | "numpy._core.multiarray", "_reconstruct") => {
                self.refuse_subclass(args.item(0)?)?;
                inert
            }
            ("numpy.core.numeric" | "numpy._core.numeric", "_frombuffer") => {
                Array::from_buffer(args)?.map_or(inert, |array| Node::Array(array.into()))
            }
            _ => return Err(PickleError::Refused { at, global: function.to_string() }),
        })
    }

    /// Refuses an array of another class than NumPy's own: its code would run.
    fn refuse_subclass(&self, class: Value<'_>) -> Result<()> {
        let &Node::Global { at, .. } = class.node() else {
            return Err(class.not("a class"));
        };
        if class.is_global("numpy", "ndarray") {
            return Ok(());
        }
        Err(PickleError::Refused { at, global: class.to_string() })
    }

    /// Makes what setting `state` on `target` would have made of it.
    pub(super) fn build(&mut self, target: NodeId, state: NodeId) -> Result<Node> {
        self.charge(state)?;
        self.known_build(target, state).map_err(|error| error.met_at(self.here()))
    }

    fn known_build(&self, target: NodeId, state: NodeId) -> Result<Node> {
        let target = self.value(target);
        let &Node::Object { callable, args, .. } = target.node() else {
            return Err(target.not("an object that takes a state"));
        };
        let inert = Node::Object { callable, args, state: Some(state) };
        let &Node::Global { name, .. } = self.value(callable).node() else {
            return Ok(inert);
        };
        Ok(match self.value(name).as_str()? {
            "_reconstruct" | "ndarray" => {
                Array::from_state(self.value(state))?.map_or(inert, |array| Node::Array(array.into()))
            }
            _ => inert,
        })
    }
}

/// Makes a dict of no argument or of a list of pairs.
fn ordered_dict(args: Value<'_>) -> Result<Node> {
    let mut entries = Vec::new();
    if let Ok(pairs) = args.item(0) {
        for pair in pairs.items()? {
            entries.push((pair.item(0)?.id(), pair.item(1)?.id()));
        }
    }
    Ok(Node::Dict(entries))
}

/// Makes a set of no argument or of a list.
fn set(args: Value<'_>) -> Result<Node> {
    let items = args.item(0).map_or(Ok(&[][..]), Value::ids)?;
    Ok(Node::Set(items.to_vec()))
}

/// Makes bytes of a text, as protocols 0 to 2 write them.
fn latin1(args: Value<'_>) -> Result<Node> {
    let text = args.item(0)?;
    if !matches!(args.item(1)?.as_str()?, "latin1" | "latin-1") {
        return Err(args.item(1)?.not("the encoding latin1"));
    }
    let bytes = text.as_str()?.chars().map(u8::try_from).collect::<std::result::Result<_, _>>();
    bytes.map(Node::Bytes).map_err(|_| text.not("characters of latin1"))
}
