"""Live pictures on a page: a class of traits and one hand-written script each. They know nothing of GANs."""
