//! Names and their values: a frame per call, with the names around it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::value::Value;

/// The names of one function call, or of the file.
#[derive(Default)]
pub(super) struct Frame {
    names: RefCell<HashMap<String, Value>>,
    around: Option<Rc<Frame>>,
}

impl Frame {
    pub(super) fn inside(around: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self { names: RefCell::default(), around: Some(Rc::clone(around)) })
    }

    pub(super) fn get(&self, name: &str) -> Option<Value> {
        let mut frame = self;
        loop {
            if let Some(value) = frame.names.borrow().get(name) {
                return Some(value.clone());
            }
            frame = frame.around.as_deref()?;
        }
    }

    pub(super) fn set(&self, name: &str, value: Value) {
        self.names.borrow_mut().insert(name.to_owned(), value);
    }

    /// Forgets all names, so that functions and frames that hold each other go.
    pub(super) fn clear(&self) {
        self.names.borrow_mut().clear();
    }
}
