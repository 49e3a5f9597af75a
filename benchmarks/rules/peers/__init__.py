"""Other engines, one module each, behind one interface: `run(task) -> Outcome`."""
