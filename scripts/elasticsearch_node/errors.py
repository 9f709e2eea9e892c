"""What can go wrong with the node."""


class NodeError(Exception):
    """The node cannot be built or started; the message is one line that ends with the next step."""
