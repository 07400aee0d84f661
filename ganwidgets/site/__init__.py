"""The course as a site that needs neither a kernel nor a network: what `ganwidgets export` makes.

A notebook is run (`running.py`); each widget that it shows leaves beside the page what a page needs (`capture.py`,
`leaves.py`, `walks.py`); Sphinx turns the rest into pages (`build.py`). On the page `page.js` brings the widgets to
life: their views as in JupyterLab, and in the kernel's place the scripts of `standins/`.
"""
