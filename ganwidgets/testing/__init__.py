"""Notebooks as tests, for every project that has some: `pytest --ganwidgets-notebooks FOLDER`."""
